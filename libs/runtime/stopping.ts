import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ReplaySubject, type Observable } from 'rxjs';

/** Tells open streams that the process ends: an endless response holds the server's close, so end it with `takeUntil(stopping.stop$)`. */
@Injectable()
export class Stopping implements OnModuleDestroy {
  private readonly subject = new ReplaySubject<void>(1);
  private stopped = false;
  /** Emits once; also to those who subscribe after it. */
  readonly stop$: Observable<void> = this.subject.asObservable();

  get isStopping(): boolean {
    return this.stopped;
  }

  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.subject.next();
    this.subject.complete();
  }

  onModuleDestroy(): void {
    this.stop();
  }
}
