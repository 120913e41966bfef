package dev.streamkeeper;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A command under way. Belongs to its stream's queue.
 *
 * @param <O> what it answers
 */
final class Pending<O> {

  final Command<O> command;
  final CompletableFuture<O> promise = new CompletableFuture<>();

  /** Whether it is a step of something that keeps other commands of the stream waiting. */
  final boolean step;

  private @Nullable Decision<O> decision;
  private int conflicts;

  /** Whether a caller outside the engine waits for it, who is answered on his own executor. */
  final boolean external;

  private Pending(Command<O> command, boolean step, boolean external) {
    this.command = command;
    this.step = step;
    this.external = external;
  }

  static <O> Pending<O> external(Command<O> command) {
    return new Pending<>(command, false, true);
  }

  static <O> Pending<O> internal(Command<O> command, boolean step) {
    return new Pending<>(command, step, false);
  }

  void decided(Decision<O> made) {
    decision = made;
  }

  boolean changesSomething() {
    return decision != null && !decision.changesNothing();
  }

  /** What it answers once its effect, and what it was decided on, is durable. */
  O outcome() {
    if (decision == null) {
      throw new IllegalStateException("not decided yet: " + command);
    }
    return decision.outcome();
  }

  /** How many times it had to be decided again, this time included. */
  int conflicted() {
    return ++conflicts;
  }
}
