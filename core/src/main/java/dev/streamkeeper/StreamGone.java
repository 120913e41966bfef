package dev.streamkeeper;

/**
 * The stream was deleted or has expired, and is kept only because forks still read from it
 * (PROTOCOL 4.2).
 */
public record StreamGone()
    implements CreateOutcome, AppendOutcome, ReadOutcome, DeleteOutcome, MetadataOutcome {}
