package dev.streamkeeper.server;

import dev.streamkeeper.AppendOutcome;
import dev.streamkeeper.AppendRequest;
import dev.streamkeeper.Batch;
import dev.streamkeeper.CreateOutcome;
import dev.streamkeeper.CreateRequest;
import dev.streamkeeper.DeleteOutcome;
import dev.streamkeeper.MetadataOutcome;
import dev.streamkeeper.ReadOutcome;
import dev.streamkeeper.ReadRequest;
import dev.streamkeeper.StreamManager;
import dev.streamkeeper.StreamPage;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/** Streams in memory, of which a test replaces a part. */
class StandIn implements StreamManager {

  private final StreamManager real = ServerUnderTest.inMemory();

  @Override
  public CompletableFuture<CreateOutcome> create(StreamName name, CreateRequest request) {
    return real.create(name, request);
  }

  @Override
  public CompletableFuture<AppendOutcome> append(StreamName name, AppendRequest request) {
    return real.append(name, request);
  }

  @Override
  public CompletableFuture<DeleteOutcome> delete(StreamName name, Optional<StreamId> ifId) {
    return real.delete(name, ifId);
  }

  @Override
  public CompletableFuture<MetadataOutcome> metadata(StreamName name) {
    return real.metadata(name);
  }

  @Override
  public CompletableFuture<StreamPage> list(String prefix, String after, int limit) {
    return real.list(prefix, after, limit);
  }

  @Override
  public CompletableFuture<ReadOutcome> read(StreamName name, ReadRequest request) {
    return real.read(name, request);
  }

  @Override
  public Flow.Publisher<Batch> subscribe(StreamName name, ReadRequest request) {
    return real.subscribe(name, request);
  }

  @Override
  public void close() {
    real.close();
  }
}
