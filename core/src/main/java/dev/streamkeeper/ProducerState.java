package dev.streamkeeper;

/**
 * How far an idempotent producer has come on a stream (PROTOCOL 5.2.1).
 *
 * @param epoch its newest epoch, or -1 if it never wrote
 * @param seq highest sequence number accepted in that epoch
 */
record ProducerState(long epoch, long seq) {

  static final ProducerState UNKNOWN = new ProducerState(-1, -1);
}
