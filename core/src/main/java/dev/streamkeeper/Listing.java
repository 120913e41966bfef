package dev.streamkeeper;

import dev.streamkeeper.Decider.Visibility;
import dev.streamkeeper.storage.StoredStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Lists the visible streams of several storages in one order. */
record Listing(List<Home> homes, String prefix, int limit, InstantSource clock) {

  /** A stream as one of the storages has it. */
  private record Entry(StoredStream stream, Home home) {}

  CompletableFuture<StreamPage> page(String after) {
    return collect(after, new ArrayList<>());
  }

  private CompletableFuture<StreamPage> collect(String after, List<StreamInfo> visible) {
    List<CompletableFuture<List<Entry>>> lists = new ArrayList<>();
    for (Home home : homes) {
      lists.add(
          home.storage()
              .list(prefix, after, limit + 1)
              .toCompletableFuture()
              .thenApply(found -> found.stream().map(each -> new Entry(each, home)).toList()));
    }
    return CompletableFuture.allOf(lists.toArray(CompletableFuture<?>[]::new))
        .thenCompose(
            done -> {
              List<Entry> entries = new ArrayList<>();
              boolean more = false;
              for (CompletableFuture<List<Entry>> list : lists) {
                entries.addAll(list.join());
                more |= list.join().size() > limit;
              }
              entries.sort(Comparator.comparing(entry -> entry.stream().name()));
              // Beyond this many one of the storages may have had more in between.
              List<Entry> certain = entries.subList(0, Math.min(entries.size(), limit + 1));
              for (Entry entry : certain) {
                describe(entry).ifPresent(visible::add);
                if (visible.size() > limit) {
                  StreamInfo last = visible.get(limit - 1);
                  return CompletableFuture.completedFuture(
                      new StreamPage(visible.subList(0, limit), Optional.of(last.name())));
                }
              }
              boolean exhausted = !more && certain.size() == entries.size();
              return exhausted
                  ? CompletableFuture.completedFuture(new StreamPage(visible, Optional.empty()))
                  : collect(certain.get(certain.size() - 1).stream().name().value(), visible);
            });
  }

  private Optional<StreamInfo> describe(Entry entry) {
    StreamState state = StateCodec.decode(entry.stream()).state();
    long now = clock.millis();
    return Visibility.of(Optional.of(state), now) == Visibility.VISIBLE
        ? Optional.of(new Decider(entry.stream().name(), entry.home().name()).describe(state, now))
        : Optional.empty();
  }
}
