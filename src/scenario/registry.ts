import { resolve } from 'node:path'
import { isSwarmvarError, refuse } from '../base/index.js'
import { type ModelTable, modelTable } from '../models/index.js'
import { type Rule, ruleTable } from '../rules/index.js'
import { type Attack, type AttackTable, attackTable, type Collusion, isCollusion } from '../swarm/index.js'
import { loadModule } from './modules.js'

/** Everything a scenario can name: the built-in tables and what its `use` modules add. */
export interface Registry {
  readonly models: ModelTable
  readonly rules: { readonly [name: string]: Rule }
  readonly attacks: AttackTable
}

const builtIn: Registry = { models: modelTable, rules: ruleTable, attacks: attackTable }
const known = new Map<string, Promise<Registry>>()

/** The tables of a scenario. `use` holds absolute paths. Errors: UNREADABLE_FILE, BAD_MODULE, NAME_TAKEN. */
export function openRegistry(use: readonly string[]): Promise<Registry> {
  if (use.length === 0) return Promise.resolve(builtIn)
  const name = use.join('\n')
  let registry = known.get(name)
  if (registry === undefined) {
    registry = extend(use)
    known.set(name, registry)
  }
  return registry
}

async function extend(use: readonly string[]): Promise<Registry> {
  let registry = builtIn
  for (const path of use) {
    const loaded = await loadModule(path)
    const offered = (loaded.default ?? loaded) as { readonly [table: string]: unknown }
    const tables = ['models', 'rules', 'attacks'] as const
    if (!tables.some(table => typeof offered[table] === 'object' && offered[table] !== null)) {
      refuse(
        'BAD_MODULE',
        `exports ${Object.keys(loaded).join(', ') || 'nothing'}`,
        'an export of models, rules or attacks: { [name]: ... }',
        path,
      )
    }
    registry = {
      models: merge(registry.models, offered.models, factoryProblem, `${path}, models`, make => guarded(make, path)),
      rules: merge(registry.rules, offered.rules, ruleProblem, `${path}, rules`),
      attacks: merge(registry.attacks, offered.attacks, factoryProblem, `${path}, attacks`, make => guardedAttack(make, path)),
    }
  }
  return registry
}

function merge<T>(
  table: { readonly [name: string]: T },
  added: unknown,
  problem: (value: unknown) => string | null,
  where: string,
  wrap: (value: T) => T = value => value,
): { readonly [name: string]: T } {
  if (added === undefined) return table
  for (const [name, value] of Object.entries(added as object)) {
    if (Object.hasOwn(table, name)) refuse('NAME_TAKEN', name, 'a name that is not in the table yet', where)
    const expected = problem(value)
    if (expected !== null) refuse('BAD_MODULE', value, expected, `${where}.${name}`)
  }
  const wrapped = Object.entries(added as { readonly [name: string]: T }).map(([name, value]) => [name, wrap(value)] as const)
  return { ...table, ...Object.fromEntries(wrapped) }
}

/** What a user's factory throws is its module's trouble, with its place; typed errors pass as they are. */
const guarded =
  <A extends readonly unknown[], T>(make: (...args: A) => T, path: string) =>
  (...args: A): T => {
    try {
      return make(...args)
    } catch (error) {
      if (isSwarmvarError(error)) throw error
      const found =
        error instanceof Error ? `${error.name}: ${error.message.split('\n')[0]}` : 'something thrown that is no error'
      return refuse('BAD_MODULE', found, 'a factory that accepts what the scenario gives it', path)
    }
  }

/** An attack's factory, and what a collusion prepares before the run. */
function guardedAttack(make: AttackTable[string], path: string): AttackTable[string] {
  const guardedMake = guarded<Parameters<typeof make>, Attack | Collusion>(make, path)
  return (...args) => {
    const made = guardedMake(...args)
    return isCollusion(made) ? { ...made, prepare: guarded(made.prepare, path) } : made
  }
}

const factoryProblem = (value: unknown): string | null => (typeof value === 'function' ? null : 'a function that makes one')

function ruleProblem(value: unknown): string | null {
  const rule = value as Partial<Rule> | null
  const methods = ['parameters', 'bound', 'needs', 'aggregate', 'apply'] as const
  return typeof rule === 'object' && rule !== null && methods.every(name => typeof rule[name] === 'function')
    ? null
    : 'a rule made by defineRule'
}

export const absolutePaths = (use: readonly string[], directory: string): string[] => use.map(path => resolve(directory, path))
