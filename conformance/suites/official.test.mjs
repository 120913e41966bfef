// The official suite, as it is published. Subscriptions are off: this server does not offer them.
import { runConformanceTests } from "@durable-streams/server-conformance-tests"

runConformanceTests({
  baseUrl: process.env.STREAMKEEPER_SERVER,
  longPollTimeoutMs: 20_000,
  subscriptions: false,
})
