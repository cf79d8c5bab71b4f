/**
 * Wildcards. A pattern is a text in which `*` and `?` were replaced by marks that no policy text contains, so that a
 * star that comes out of a policy variable stays a star.
 */
const ANY = "\u0000";
const ONE = "\u0001";

/** Tells whether a text holds a mark, which no policy may. */
export function hasMarks(text: string): boolean {
  return text.includes(ANY) || text.includes(ONE);
}

/** The pattern that a text with `*` and `?` means. */
export function patternOf(text: string): string {
  return text.replaceAll("*", ANY).replaceAll("?", ONE);
}

/** Whether the text is one that the pattern describes; case-sensitive. Linear in practice, never exponential. */
export function matches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === ANY) {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === ONE || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === ANY) p++;
  return p === pattern.length;
}

/** A matcher for the pattern: {@link matches}, prepared. */
export function matcher(pattern: string): (text: string) => boolean {
  if (pattern === ANY) return () => true;
  if (!hasMarks(pattern)) return (text) => text === pattern;
  const star = pattern.indexOf(ANY);
  if (star >= 0 && star === pattern.lastIndexOf(ANY) && !pattern.includes(ONE)) {
    const head = pattern.slice(0, star);
    const tail = pattern.slice(star + 1);
    const least = head.length + tail.length;
    return (text) => text.length >= least && text.startsWith(head) && text.endsWith(tail);
  }
  return (text) => matches(pattern, text);
}

/** Whether there is a text that both patterns describe. */
export function overlap(a: string, b: string): boolean {
  // reach[j]: the part of `a` read so far and the first j characters of `b` have a text in common
  let reach = [true];
  for (let j = 0; j < b.length; j++) reach.push(reach[j] === true && b[j] === ANY);
  for (const x of a) {
    const next = [reach[0] === true && x === ANY];
    for (let j = 0; j < b.length; j++) {
      const y = b[j];
      const either = x === ANY || y === ANY;
      next.push(
        either
          ? next[j] === true || reach[j + 1] === true || reach[j] === true
          : reach[j] === true && (x === ONE || y === ONE || x === y),
      );
    }
    reach = next;
  }
  return reach[b.length] === true;
}
