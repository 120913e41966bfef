package dev.streamkeeper;

import dev.streamkeeper.stream.Retention;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Where a stream begins after retention, and the places where it may begin next.
 *
 * <p>Marks are set so far apart that each limit spans about {@link #RESOLUTION} of them, which
 * bounds their number whatever is appended; the last one is always the stream's end and moves on
 * until it is far enough from the one before it.
 *
 * @param base where the stream began when this was written
 * @param marks message boundaries after it, oldest first; none without retention
 */
record History(Mark base, List<Mark> marks) {

  static final int RESOLUTION = 32;

  /**
   * A message boundary.
   *
   * @param position where it is
   * @param messages how many messages were appended before it
   * @param time when the last of those was appended
   */
  record Mark(long position, long messages, long time) {}

  History {
    marks = List.copyOf(marks);
  }

  static History beginningAt(long position) {
    return new History(new Mark(position, 0, 0), List.of());
  }

  /** A stream that begins with data it inherited, which counts as appended now. */
  static History inherited(long earliest, long forkPoint, Retention retention, long now) {
    History history = beginningAt(earliest);
    return retention.isUnlimited() || earliest == forkPoint
        ? history
        : new History(history.base, List.of(new Mark(forkPoint, 0, now)));
  }

  /** First position kept at a time. */
  long earliest(Retention retention, long now) {
    return dropOld(retention, now).position();
  }

  /** When age will drop something next. */
  OptionalLong nextDrop(Retention retention) {
    return retention.maxAge().isPresent() && !marks.isEmpty()
        ? OptionalLong.of(marks.get(0).time() + retention.maxAge().get().toMillis())
        : OptionalLong.empty();
  }

  History sweep(Retention retention, long now) {
    return startingAt(dropOld(retention, now));
  }

  /**
   * After an append.
   *
   * @param tail where it began
   * @param count how many messages there were before it
   */
  History append(Retention retention, Messages appended, long tail, long count, long now) {
    List<Mark> grown = new ArrayList<>(marks);
    Mark beforeNewest = new Mark(tail, count, now);
    Mark end = beforeNewest;
    for (int i = 0; i < appended.count(); i++) {
      beforeNewest = end;
      end = new Mark(tail + appended.end(i), count + i + 1, now);
      add(grown, end, retention);
    }
    History all = new History(base, grown);
    Mark aged = all.dropOld(retention, now);
    Mark limited = all.firstWithin(retention, end);
    if (limited.position() > beforeNewest.position()) {
      limited = beforeNewest;
    }
    return all.startingAt(limited.position() > aged.position() ? limited : aged);
  }

  private void add(List<Mark> grown, Mark mark, Retention retention) {
    int last = grown.size() - 1;
    if (last >= 0) {
      Mark previous = last == 0 ? base : grown.get(last - 1);
      if (!farEnough(retention, previous, grown.get(last))) {
        grown.remove(last);
      }
    }
    grown.add(mark);
  }

  private static boolean farEnough(Retention retention, Mark from, Mark to) {
    return (retention.maxMessages().isPresent()
            && to.messages() - from.messages() >= step(retention.maxMessages().getAsLong()))
        || (retention.maxBytes().isPresent()
            && to.position() - from.position() >= step(retention.maxBytes().getAsLong()))
        || (retention.maxAge().isPresent()
            && to.time() - from.time() >= step(retention.maxAge().get().toMillis()));
  }

  private static long step(long limit) {
    return Math.max(1, limit / RESOLUTION);
  }

  /** The last boundary before which everything is too old. */
  private Mark dropOld(Retention retention, long now) {
    Mark first = base;
    if (retention.maxAge().isPresent()) {
      long limit = now - retention.maxAge().get().toMillis();
      for (Mark mark : marks) {
        if (mark.time() > limit) {
          break;
        }
        first = mark;
      }
    }
    return first;
  }

  /** The first boundary after which no more is kept than the limits on number and size allow. */
  private Mark firstWithin(Retention retention, Mark end) {
    if (fits(retention, base, end)) {
      return base;
    }
    for (Mark mark : marks) {
      if (fits(retention, mark, end)) {
        return mark;
      }
    }
    return end;
  }

  private static boolean fits(Retention retention, Mark from, Mark end) {
    return (retention.maxBytes().isEmpty()
            || end.position() - from.position() <= retention.maxBytes().getAsLong())
        && (retention.maxMessages().isEmpty()
            || end.messages() - from.messages() <= retention.maxMessages().getAsLong());
  }

  private History startingAt(Mark first) {
    if (first.position() <= base.position()) {
      return this;
    }
    return new History(
        first, marks.stream().filter(mark -> mark.position() > first.position()).toList());
  }
}
