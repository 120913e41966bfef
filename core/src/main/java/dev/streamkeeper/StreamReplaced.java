package dev.streamkeeper;

import dev.streamkeeper.stream.StreamId;

/**
 * The name now belongs to another incarnation than the one the caller insisted on.
 *
 * @param current the incarnation that has the name now
 */
public record StreamReplaced(StreamId current)
    implements AppendOutcome, ReadOutcome, DeleteOutcome {}
