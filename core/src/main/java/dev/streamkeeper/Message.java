package dev.streamkeeper;

import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.Offset;

/**
 * One JSON message of a stream.
 *
 * @param json the message, UTF-8
 * @param offset where it begins
 * @param next where the message after it begins: resume from here once this one is dealt with
 */
public record Message(Bytes json, Offset offset, Offset next) {}
