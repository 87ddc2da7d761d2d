/** Where the keys of an installation lie: a file of its own, so that whoever only reads keys loads nothing of Nest. */
import { join } from 'node:path';
import type { Configuration } from '#libs/common';

/** Folder of the keys inside the data folder. */
export const keysFolder = (configuration: Pick<Configuration, 'data'>): string => join(configuration.data, 'keys');
