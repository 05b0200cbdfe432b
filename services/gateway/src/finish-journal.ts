import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { GatewayConfig } from './gateway.config';
import { journalIn, type JournalPlace, journalProviders, type OpenGatewayBus } from './journal.providers';
import { JournalLifecycle } from './journal-lifecycle';

@Module({})
class LeftJournalModule {
  static with(config: GatewayConfig, place: JournalPlace, openBus?: OpenGatewayBus): DynamicModule {
    return { module: LeftJournalModule, providers: journalProviders(config, place, openBus) };
  }
}

const LOOK_EVERY_MS = 100;

/**
 * Takes over the journal of a worker that is gone: replays it, tells all of it, however long that takes, and then takes the
 * worker's directory away. Told to stop it leaves the rest where it is. Errors: JournalLocked; Error of the file system.
 */
export const finishJournal = async (
  config: GatewayConfig,
  place: JournalPlace,
  stopping: AbortSignal,
  openBus?: OpenGatewayBus,
): Promise<void> => {
  const app = await NestFactory.createApplicationContext(LeftJournalModule.with(config, place, openBus), {
    logger: ['fatal', 'warn'],
    abortOnError: false,
  });
  const journal = app.get(JournalLifecycle);
  await journal.start();
  while (!journal.isTold && !stopping.aborted) await sleep(LOOK_EVERY_MS);
  const told = journal.isTold;
  await journal.stop();
  if (!told) return;
  const { directory } = place;
  // The first worker's directory is the gateway's own, in which those of the others are.
  rmSync(directory === config.GATEHOUSE_DATA_DIR ? journalIn(directory) : directory, { recursive: true });
};
