import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["suites/*.test.mjs"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    reporters: ["default", "json"],
    outputFile: process.env.STREAMKEEPER_RESULTS,
  },
})
