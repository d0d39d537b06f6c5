import { MovableClock, type Clock } from '#libs/kernel/index.js';

/** The longest a timer of Node can wait; a longer one fires at once. */
const LONGEST = 2 ** 31 - 1;

interface Due {
  readonly at: number;
  readonly run: () => void;
  timer?: NodeJS.Timeout;
}

/** Things to do at instants of a clock; moving a movable clock brings them due. */
export class DueList {
  private readonly due = new Set<Due>();
  private readonly ignoreMoves: () => void;

  constructor(private readonly clock: Clock) {
    const move = (): void => {
      for (const item of [...this.due].sort((a, b) => a.at - b.at)) this.arm(item);
    };
    this.ignoreMoves = clock instanceof MovableClock ? clock.onMove(move) : () => undefined;
  }

  add(at: number, run: () => void): void {
    const item: Due = { at, run };
    this.due.add(item);
    this.arm(item);
  }

  stop(): void {
    this.ignoreMoves();
    for (const { timer } of this.due) clearTimeout(timer);
    this.due.clear();
  }

  private arm(item: Due): void {
    clearTimeout(item.timer);
    item.timer = setTimeout(() => this.look(item), Math.min(Math.max(item.at - this.clock.now(), 0), LONGEST));
  }

  private look(item: Due): void {
    if (item.at > this.clock.now()) this.arm(item);
    else {
      this.due.delete(item);
      item.run();
    }
  }
}
