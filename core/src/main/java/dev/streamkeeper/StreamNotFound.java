package dev.streamkeeper;

/** There is no stream of that name: never created, deleted, or expired. */
public record StreamNotFound()
    implements AppendOutcome, ReadOutcome, DeleteOutcome, MetadataOutcome {}
