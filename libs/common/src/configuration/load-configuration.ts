/** Loads the one configuration, or says everything that is wrong with it at once. */
import { resolve } from 'node:path';
import { DeskhandError } from '../errors.js';
import { faultsOf } from './configuration.faults.js';
import { type Configuration, configurationSchema } from './configuration.schema.js';
import { ENVIRONMENT_SETTINGS, type Fault, overrideByEnvironment, readConfigurationFile } from './configuration.sources.js';

/**
 * The configuration from the file that `DESKHAND_CONFIG` names, or else `fallbackFile`, or else the defaults; then `DESKHAND_PORT`,
 * `DESKHAND_HOST`, `DESKHAND_DATA` and `DESKHAND_LOG`. Relative paths in the file start at its folder, all others at the working directory.
 *
 * @throws DeskhandError `CONFIGURATION_INVALID`, whose detail has a line for every fault and whose `fields` name them by path
 */
export function loadConfiguration(environment: NodeJS.ProcessEnv = process.env, fallbackFile?: string): Configuration {
  const file = environment.DESKHAND_CONFIG || fallbackFile;
  const faults: Fault[] = [];
  const tree = file === undefined ? {} : readConfigurationFile(file, faults);
  if (tree === undefined) throw invalid(file, faults);
  overrideByEnvironment(tree, environment);
  const result = configurationSchema.safeParse(tree);
  if (!result.success) faults.push(...faultsOf(result.error).filter(({ path }) => !faults.some((fault) => fault.path === path)));
  if (!result.success || faults.length > 0)
    throw invalid(
      file,
      faults.map((fault) => nameVariable(fault, environment)),
    );
  return { ...result.data, data: resolve(result.data.data) };
}

/** A value that came from the environment is to be mended there. */
function nameVariable(fault: Fault, environment: NodeJS.ProcessEnv): Fault {
  const variable = Object.entries(ENVIRONMENT_SETTINGS).find(([name, keys]) => environment[name] && keys.join('.') === fault.path)?.[0];
  return variable === undefined ? fault : { ...fault, message: `${fault.message} (set by ${variable})` };
}

function invalid(file: string | undefined, faults: readonly Fault[]): DeskhandError {
  const lines = faults.map(({ path, message }) => `  ${path === '' ? '' : `${path}: `}${message}`);
  const source = file === undefined ? 'The configuration' : `The configuration ${resolve(file)}`;
  const fields = Object.fromEntries(faults.map(({ path, message }) => [path === '' ? '$' : path, message]));
  return new DeskhandError('CONFIGURATION_INVALID', [`${source} is not valid:`, ...lines].join('\n'), { fields });
}
