/**
 * AMQP's binding patterns: words between dots, `*` stands for one word, `#` for any number of them.
 */

/** Whether the key matches the pattern. */
export function matchesPattern(pattern: string, key: string): boolean {
  const words = key === '' ? [] : key.split('.');
  // Which prefixes of the key the pattern so far can have eaten.
  let reached = new Set([0]);
  for (const part of pattern.split('.')) {
    const next = new Set<number>();
    for (const at of reached) {
      if (part === '#') for (let to = at; to <= words.length; to += 1) next.add(to);
      else if (at < words.length && (part === '*' || part === words[at])) next.add(at + 1);
    }
    reached = next;
  }
  return reached.has(words.length);
}
