# syntax=docker/dockerfile:1
# Two images: `mlflow`, a server to try tracelift on, and `worker` (the default), which is tracelift itself.
# Debian, not Alpine: the core of the Temporal SDK and DuckDB are built for glibc.

FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
# Compiled code and the prebuilt workflow bundle; then only what runs: no tools, no cores of other platforms.
RUN node scripts/build.mjs \
 && npm prune --omit=dev --no-audit --no-fund \
 && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
      ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -rf {} +

FROM python:3.12-slim-bookworm AS mlflow
COPY src/local/mlflow-constraints.txt /tmp/constraints.txt
RUN pip install --no-cache-dir --constraint /tmp/constraints.txt mlflow==3.17.2 \
 && useradd --create-home --uid 1000 mlflow \
 && install -d -o mlflow -g mlflow /data
USER mlflow
WORKDIR /data
VOLUME /data
ENV MLFLOW_DISABLE_TELEMETRY=true
EXPOSE 5000
ENTRYPOINT ["mlflow"]

FROM node:20-bookworm-slim AS worker
# The Temporal SDK checks certificates (Temporal Cloud) with those of the system.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o node -g node /data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY scripts/worker-health.mjs ./scripts/worker-health.mjs
RUN ln -s /app/dist/cli/main.js /usr/local/bin/tracelift
# One arena of glibc's allocator: threads that keep one of their own hold 40 MB more (docs/production.md, Size).
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=1 \
    TRACELIFT_DATA=/data \
    TRACELIFT_LOG_FORMAT=json \
    TRACELIFT_PROMETHEUS_ADDRESS=0.0.0.0:9464
USER node
VOLUME /data
EXPOSE 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 CMD ["node", "/app/scripts/worker-health.mjs"]
ENTRYPOINT ["tracelift"]
CMD ["worker"]
