interface Waiting<Q, A> { readonly question: Q; readonly resolve: (answer: A) => void; readonly reject: (error: unknown) => void }

/** Makes one call of everything that is asked in one turn of the event loop; while a call is under way the next list forms. */
export class Gather<Q, A> {
  private forming: Waiting<Q, A>[] = [];
  private running: Promise<void> | undefined;
  private busy = false;

  /** `call` answers each question in order. */
  constructor(private readonly call: (questions: readonly Q[]) => Promise<readonly A[]>) {}

  ask(question: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      this.forming.push({ question, resolve, reject });
      if (!this.busy) this.running = this.run();
    });
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.busy) await this.running;
  }

  private async run(): Promise<void> {
    this.busy = true;
    while (this.forming.length > 0) {
      await new Promise((turn) => setImmediate(turn));
      const list = this.forming;
      this.forming = [];
      try {
        const answers = await this.call(list.map((w) => w.question));
        list.forEach(({ resolve }, i) => resolve(answers[i]!));
      } catch (error) {
        for (const { reject } of list) reject(error);
      }
    }
    this.busy = false;
  }
}
