package dev.streamkeeper;

import dev.streamkeeper.stream.Retention;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * What {@link StreamManagerBuilder} collected.
 *
 * @param homes the storages, the default one first
 */
record EngineConfig(
    List<Home> homes,
    InstantSource clock,
    RandomGenerator random,
    Executor completionExecutor,
    Retention defaultRetention,
    int residentStreams,
    long tailCacheBytes,
    long queuedBytes) {}
