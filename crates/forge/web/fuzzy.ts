// How well a path fits what was typed. `code/find/fuzzy.rs` does the same in the same numbers, and says why they are what
// they are: without script the server lists the same paths in the same order.

const TYPED = 64;
const LONGEST = 512;
const RUN = 200;
const SEGMENT = 180;
const WORD = 160;
const HUMP = 140;
const DOT = 120;
const NAME = 40;
const GAP = -2;
const EDGE = -1;
const NEVER = -1_000_000_000;

// A path, ready to be tried again and again.
export interface Path {
  readonly shown: string;
  readonly href: string;
  readonly folded: string;
}

function foldedOne(c: string): string {
  const lower = c.toLowerCase();
  return [...lower].length === 1 ? lower : c;
}

export function folded(text: string): string {
  // Most are ASCII, where a call does for all.
  return /^[\0-\x7f]*$/.test(text) ? text.toLowerCase() : [...text].map(foldedOne).join("");
}

export class Typed {
  readonly letters: string[];
  private ends: number[] = [];
  private best: number[] = [];
  private run: number[] = [];

  constructor(text: string) {
    this.letters = [...text].filter((c) => !/\p{White_Space}/u.test(c)).map(foldedOne).slice(0, TYPED);
  }

  // How well a path fits; nothing if it does not.
  score(path: Path): number | undefined {
    let at = 0;
    for (const letter of this.letters) {
      const found = path.folded.indexOf(letter, at);
      if (found < 0) {
        return undefined;
      }
      at = found + letter.length;
    }
    const characters = [...path.shown];
    if (characters.length > LONGEST) {
      return NEVER;
    }
    this.fill(characters);
    return this.best.at(-1) ?? 0;
  }

  // The places of the letters in a path that fits, as numbers of characters.
  places(path: Path): Set<number> {
    const characters = [...path.shown];
    const places = new Set<number>();
    if (this.letters.length === 0 || characters.length > LONGEST) {
      return places;
    }
    this.fill(characters);
    const width = characters.length;
    let end = width;
    let isRun = false;
    for (let letter = this.letters.length - 1; letter >= 0; letter -= 1) {
      const row = letter * width;
      let place = end - 1;
      while (place >= 0 && !(this.ends[row + place] !== NEVER && (isRun || this.ends[row + place] === this.best[row + place]))) {
        place -= 1;
      }
      if (place < 0) {
        return new Set();
      }
      const before = letter > 0 && place > 0 ? (this.ends[row + place - width - 1] ?? NEVER) : NEVER;
      isRun = before !== NEVER && this.best[row + place] === before + (this.run[place] ?? 0);
      places.add(place);
      end = place;
    }
    return places;
  }

  private fill(path: string[]): void {
    const width = path.length;
    const name = path.lastIndexOf("/") + 1;
    const bonus: number[] = [];
    const low = path.map(foldedOne);
    this.run = [];
    for (let place = 0; place < width; place += 1) {
      const own = place >= name ? NAME : 0;
      bonus.push(beginning(path[place - 1] ?? "/", path[place] ?? "") + own);
      this.run.push(RUN + own);
    }
    this.ends = [];
    this.best = [];
    for (const [n, letter] of this.letters.entries()) {
      const gap = n + 1 === this.letters.length ? EDGE : GAP;
      const above = (n - 1) * width;
      let best = NEVER;
      for (let place = 0; place < width; place += 1) {
        let ends = NEVER;
        if (low[place] === letter) {
          const here = bonus[place] ?? 0;
          if (n === 0) {
            ends = here + EDGE * place;
          } else if (place > 0) {
            const left = above + place - 1;
            ends = Math.max((this.best[left] ?? NEVER) + here, (this.ends[left] ?? NEVER) + (this.run[place] ?? 0));
          }
          if (ends < NEVER / 2) {
            ends = NEVER;
          }
        }
        best = Math.max(ends, best + gap);
        this.ends.push(ends);
        this.best.push(best);
      }
    }
  }
}

function beginning(before: string, c: string): number {
  switch (before) {
    case "/":
      return SEGMENT;
    case "-":
    case "_":
    case " ":
      return WORD;
    case ".":
      return DOT;
    default:
      return /\p{Lowercase}/u.test(before) && /\p{Uppercase}/u.test(c) ? HUMP : 0;
  }
}
