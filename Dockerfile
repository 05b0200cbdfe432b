# One image for every service; the command chooses: `docker run … node services/registry/dist/bundle.cjs`.
# Nothing here needs BuildKit.
ARG NODE_IMAGE=node:24-bookworm-slim

# What npm reads, alone, so that a change of the sources does not install everything anew.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY . .
RUN find . ! -type d ! -name package.json ! -name package-lock.json ! -name .npmrc -delete

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY --from=manifests /app ./
# No scripts: the only one of ours makes the protos' code, and their sources come with the next layer.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run -s generate && npm run -s build
# What is left is what runs: no sources, no tests, no launcher, no embedded Postgres, nothing that npm was told (.npmrc may
# hold a token). The checkout may have been readable to its owner only.
RUN npm prune --omit=dev --omit=optional --ignore-scripts \
  && rm -rf .npmrc test deploy/launcher deploy/kafka deploy/moto deploy/eventstoredb-test-server proto \
    node_modules/.cache node_modules/.package-lock.json \
  && find libs services deploy -type d \( -name src -o -name testing \) -prune -exec rm -rf {} + \
  && find libs services deploy -type f \
    \( -name '*.spec.*' -o -name '*.d.ts' -o -name '*.map' -o -name .tsbuildinfo \) -delete \
  && find node_modules -xtype l -delete \
  && chmod -R a+rX .

FROM ${NODE_IMAGE}
# Otherwise each thread has a heap of its own, of which glibc gives nothing back.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2
WORKDIR /app
COPY --from=build /app ./
# Where a service may write. Open to any user, because the gateway runs as the owner of its key's file; nobody else is
# in its container.
RUN mkdir -m 1777 /var/lib/gatehouse
USER 1000:1000
CMD ["node", "services/gateway/dist/bundle.cjs"]
