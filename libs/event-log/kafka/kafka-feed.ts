import type { Kafka } from 'kafkajs';
import type { Clock } from '#libs/kernel/index.js';
import type { Database, UnitOfWork } from '#libs/persistence/index.js';
import type { AppliedHere } from '../dispatch.js';
import type { Group } from '../group.js';
import { GroupFeed, type GroupMember } from '../group-feed.js';
import { PARTITIONS } from '../postgres/partitions.js';
import type { Bell } from '../postgres/postgres-history.js';
import { assertNotRestored } from '../postgres/restore.js';
import { KafkaMember, type KafkaFeedOptions } from './kafka-member.js';
import { CASE_EVENTS, checkTopics } from './topics.js';

/** The networked binding: reads the copy of the log that relays keep on a Kafka topic. */
export class KafkaFeed extends GroupFeed {
  private readonly topic: string;

  constructor(db: Database, private readonly unitOfWork: UnitOfWork, bell: Bell, private readonly clock: Clock, private readonly kafka: Kafka, private readonly options: KafkaFeedOptions) {
    super(db, bell, options.decoder);
    this.topic = options.topic ?? CASE_EVENTS;
  }

  protected memberOf(group: Group, applied: AppliedHere | undefined): GroupMember {
    return new KafkaMember(group, this.db, this.unitOfWork, this.clock, this.kafka, this.topic, { ...this.options, applied });
  }

  protected async inspect(): Promise<void> {
    await assertNotRestored(this.db);
    await checkTopics(this.kafka, [{ name: this.topic, partitions: PARTITIONS, config: {} }]);
  }
}
