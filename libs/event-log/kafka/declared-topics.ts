import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { projectFile } from '#libs/config/project-file.js';
import { readTopics, type Topic } from './topics.js';

/** What deploy/topics.yml says. */
export const declaredTopics = (): readonly Topic[] => readTopics(load(readFileSync(projectFile('deploy/topics.yml'), 'utf8')));
