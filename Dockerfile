# The host: its interface, its workers, its dashboard, its command line. One image for all roles.
# docker build -t millrace . && docker run millrace serve --help

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app

# What is installed follows from these alone, so that a change of sources installs nothing anew.
COPY package.json package-lock.json ./
COPY packages/core/package.json packages/core/
COPY packages/connector-github/package.json packages/connector-github/
COPY packages/connector-jira/package.json packages/connector-jira/
COPY packages/sink-postgres/package.json packages/sink-postgres/
COPY packages/sink-qdrant/package.json packages/sink-qdrant/
COPY examples/benchmark/package.json examples/benchmark/
COPY examples/host/package.json examples/host/
COPY examples/quickstart/package.json examples/quickstart/
COPY examples/third-party/package.json examples/third-party/
COPY examples/simulators/package.json examples/simulators/
# The pinned Node is the image's own, and nothing else has an installation script that is needed.
RUN npm ci --ignore-scripts --no-audit --no-fund

COPY tsconfig.base.json ./
COPY packages packages
COPY examples examples
RUN node node_modules/vite/bin/vite.js build --logLevel error examples/host/dashboard
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/packages packages
COPY --from=build /app/examples/host examples/host
COPY --from=build /app/examples/simulators examples/simulators

# Nothing is written to the file system: state is in PostgreSQL.
USER node
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "--conditions=@millrace/source", "examples/host/src/main.ts"]
CMD ["serve", "--roles", "all", "--host", "0.0.0.0", "--port", "8080"]
