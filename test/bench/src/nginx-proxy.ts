import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@gatehouse/embedded-postgres';
import { eventually } from '@gatehouse/kernel/testing';

const isThere = (): boolean => spawnSync('nginx', ['-v']).status === 0;

/** Where the cheap provider listens. */
export interface ProviderPorts {
  readonly port: number;
  readonly tlsPort: number;
}

const proxyOf = (name: string, scheme: 'http' | 'https', port: number, providerPort: number): string => `
  upstream ${name} { server 127.0.0.1:${providerPort}; keepalive 512; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass ${scheme}://${name};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }`;

/** One worker, as lean as it goes: connections are kept on both sides, nothing is buffered to disk or logged. */
const configurationFor = (port: number, tlsPort: number, provider: ProviderPorts): string => `
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
daemon off;
pid nginx.pid;
error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  client_body_buffer_size 256k;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`).join(' ')}
${proxyOf('provider', 'http', port, provider.port)}
${proxyOf('provider_tls', 'https', tlsPort, provider.tlsPort)}
}
`;

/** nginx as a plain reverse proxy before the provider, which it calls plainly at one port and over TLS at another: what next to nothing costs. */
export class NginxProxy {
  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
    /** Behind which the provider is called plainly. */
    readonly port: number,
    /** Behind which it is called over TLS. */
    readonly tlsPort: number,
  ) {}

  /** Undefined where there is no nginx on the PATH. */
  static async start(provider: ProviderPorts): Promise<NginxProxy | undefined> {
    if (!isThere()) return undefined;
    const directory = mkdtempSync(join(tmpdir(), 'gatehouse-nginx-'));
    const [port, tlsPort] = [await freePort(), await freePort()];
    writeFileSync(join(directory, 'nginx.conf'), configurationFor(port, tlsPort, provider));
    const child = spawn('nginx', ['-p', directory, '-c', 'nginx.conf'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await eventually(async () => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
    });
    return new NginxProxy(child, directory, port, tlsPort);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
    rmSync(this.directory, { recursive: true, force: true });
  }
}
