package dev.streamkeeper.server;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The requests that wait for data, so that a server that stops can end them. Thread-safe. */
final class LiveSessions {

  private final Set<Runnable> endings = ConcurrentHashMap.newKeySet();
  private volatile boolean stopping;

  /**
   * Adds a session.
   *
   * @param ending ends it soon; may be called from any thread, and more than once
   */
  void add(Runnable ending) {
    endings.add(ending);
    if (stopping) {
      ending.run();
    }
  }

  void remove(Runnable ending) {
    endings.remove(ending);
  }

  boolean areStopping() {
    return stopping;
  }

  void stop() {
    stopping = true;
    endings.forEach(Runnable::run);
  }
}
