import { fork, type ChildProcess } from 'node:child_process';
import type { Answered, Loaded, Recount, Waited } from './driver.js';

/** A subject in its own process, as the comparison asks it. */
export class RunningSubject {
  private readonly waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  private asked = 0;

  private constructor(private readonly child: ChildProcess, readonly name: string) {
    child.on('message', (said: Answered) => {
      const waiting = this.waiting.get(said.id);
      this.waiting.delete(said.id);
      if ('error' in said) waiting?.reject(new Error(`${name}: ${said.error}`));
      else waiting?.resolve(said.answer);
    });
    child.once('exit', (code, signal) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`${name} ended (${signal ?? code})`));
      this.waiting.clear();
    });
  }

  /** Resolves when it is ready. What it prints goes to standard error. */
  static async start(name: string, file: string, args: readonly string[]): Promise<RunningSubject> {
    const child = fork(file, [...args], { stdio: ['ignore', 2, 2, 'ipc'] });
    const subject = new RunningSubject(child, name);
    await new Promise<unknown>((resolve, reject) => subject.waiting.set(0, { resolve, reject }));
    return subject;
  }

  ask<T>(ask: string, with_: unknown = {}): Promise<T> {
    const id = ++this.asked;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      this.child.send({ id, ask, with: with_ });
    });
  }

  load(seconds: number, inFlight: number): Promise<Loaded> {
    return this.ask('load', { seconds, inFlight });
  }

  latency(rate: number, seconds: number): Promise<Waited> {
    return this.ask('latency', { rate, seconds });
  }

  count(): Promise<Recount> {
    return this.ask('count');
  }

  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.waiting.clear();
    this.child.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    await this.ask('stop');
    await gone;
  }
}
