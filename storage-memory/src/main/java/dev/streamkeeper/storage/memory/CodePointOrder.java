package dev.streamkeeper.storage.memory;

import java.util.Comparator;

/**
 * Orders texts by their code points, which is the order of their UTF-8 bytes. A prefix given to a
 * listing need not be a valid name, so the order of names alone is not enough.
 */
final class CodePointOrder implements Comparator<String> {

  @Override
  public int compare(String left, String right) {
    int common = Math.min(left.length(), right.length());
    for (int i = 0; i < common; i++) {
      char a = left.charAt(i);
      char b = right.charAt(i);
      if (a != b) {
        // Surrogates stand for code points above all others that a single char can hold.
        boolean supplementary = Character.isSurrogate(a);
        if (supplementary == Character.isSurrogate(b)) {
          return Character.compare(a, b);
        }
        return supplementary ? 1 : -1;
      }
    }
    return Integer.compare(left.length(), right.length());
  }
}
