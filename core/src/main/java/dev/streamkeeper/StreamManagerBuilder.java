package dev.streamkeeper;

import dev.streamkeeper.storage.StorageConfig;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StorageProvider;
import dev.streamkeeper.storage.StreamStorage;
import dev.streamkeeper.stream.Retention;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.random.RandomGenerator;

/**
 * Puts a {@link StreamManager} together. Needs at least one storage; the first one is the default.
 * Not thread-safe.
 */
public final class StreamManagerBuilder {

  /** Default of {@link #residentStreams}. */
  public static final int DEFAULT_RESIDENT_STREAMS = 20_000;

  /** Default of {@link #tailCacheBytes}. */
  public static final long DEFAULT_TAIL_CACHE_BYTES = 64L * 1024 * 1024;

  /** Default of {@link #queuedBytes}. */
  public static final long DEFAULT_QUEUED_BYTES = 256L * 1024 * 1024;

  private final Map<String, StreamStorage> storages = new LinkedHashMap<>();
  private InstantSource clock = InstantSource.system();
  private RandomGenerator random = new SecureRandom();
  private Executor completionExecutor = ForkJoinPool.commonPool();
  private Retention retention = Retention.UNLIMITED;
  private int residentStreams = DEFAULT_RESIDENT_STREAMS;
  private long tailCacheBytes = DEFAULT_TAIL_CACHE_BYTES;
  private long queuedBytes = DEFAULT_QUEUED_BYTES;

  StreamManagerBuilder() {}

  /**
   * Opens the storage of a provider found by {@link ServiceLoader} and calls it by the provider's
   * name. May block. The manager closes it.
   *
   * @param providerName what the provider calls itself
   * @param config what to open, and how
   * @return this builder
   * @throws StorageException if it can't be opened
   * @throws IllegalArgumentException if there is no such provider; the message names those that are
   */
  public StreamManagerBuilder storage(String providerName, StorageConfig config) {
    TreeSet<String> known = new TreeSet<>();
    for (StorageProvider provider : ServiceLoader.load(StorageProvider.class)) {
      if (provider.name().equals(providerName)) {
        return storage(providerName, provider.open(config));
      }
      known.add(provider.name());
    }
    throw new IllegalArgumentException(
        "there is no storage '" + providerName + "' on the class path, only " + known);
  }

  /**
   * Adds an open storage, which the manager closes.
   *
   * @param name what requests call it; unique
   * @param storage the storage
   * @return this builder
   * @throws IllegalArgumentException if the name is taken
   */
  public StreamManagerBuilder storage(String name, StreamStorage storage) {
    if (storages.putIfAbsent(name, storage) != null) {
      throw new IllegalArgumentException("there are two storages called '" + name + "'");
    }
    return this;
  }

  /**
   * The clock that expiry, retention and time stamps go by; the system's by default.
   *
   * @param source the clock; thread-safe
   * @return this builder
   */
  public StreamManagerBuilder clock(InstantSource source) {
    this.clock = source;
    return this;
  }

  /**
   * Where incarnations and attempts get their ids; must be thread-safe.
   *
   * @param source the generator
   * @return this builder
   */
  public StreamManagerBuilder random(RandomGenerator source) {
    this.random = source;
    return this;
  }

  /**
   * Where futures complete and subscribers are called; the common pool by default. {@code
   * Runnable::run} saves a thread change, for callers that never block in what they attach.
   *
   * @param executor what runs them
   * @return this builder
   */
  public StreamManagerBuilder completionExecutor(Executor executor) {
    this.completionExecutor = executor;
    return this;
  }

  /**
   * Retention of streams created without one; unlimited by default.
   *
   * @param limits the retention
   * @return this builder
   */
  public StreamManagerBuilder defaultRetention(Retention limits) {
    this.retention = limits;
    return this;
  }

  /**
   * How many idle streams stay in memory, about one kilobyte each.
   *
   * @param count 1 or more
   * @return this builder
   */
  public StreamManagerBuilder residentStreams(int count) {
    this.residentStreams = count;
    return this;
  }

  /**
   * How many bytes of newly appended data are kept in memory, over all streams, for readers that
   * wait for them.
   *
   * @param bytes 0 or more
   * @return this builder
   */
  public StreamManagerBuilder tailCacheBytes(long bytes) {
    this.tailCacheBytes = bytes;
    return this;
  }

  /**
   * How many bytes of appends may be under way, over all streams; appends beyond that fail with
   * {@link StorageException.Reason#UNAVAILABLE}.
   *
   * @param bytes 1 or more
   * @return this builder
   */
  public StreamManagerBuilder queuedBytes(long bytes) {
    this.queuedBytes = bytes;
    return this;
  }

  /**
   * Starts the manager.
   *
   * @return the manager
   * @throws IllegalStateException if there is no storage
   */
  public StreamManager build() {
    if (storages.isEmpty()) {
      throw new IllegalStateException("a stream manager needs at least one storage");
    }
    return new Engine(
        new EngineConfig(
            storages.entrySet().stream()
                .map(each -> new Home(each.getKey(), each.getValue()))
                .toList(),
            clock,
            random,
            completionExecutor,
            retention,
            residentStreams,
            tailCacheBytes,
            queuedBytes));
  }
}
