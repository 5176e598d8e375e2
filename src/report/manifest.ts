import { type Table, tableOf } from './table.js'

/** What a run was made of, as its manifest.json says it. */
export type Manifest = { readonly [field: string]: unknown }

/** The manifest as a table: nested fields get dotted names, lists and empty objects stay JSON. */
export const manifestTable = (manifest: Manifest): Table =>
  tableOf(
    'Manifest',
    [
      { title: 'field', align: 'left', text: ([name]) => name },
      { title: 'value', align: 'left', text: ([, value]) => value },
    ],
    flatten(manifest, ''),
  )

function flatten(fields: Manifest, prefix: string): (readonly [string, string])[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    const path = prefix + name
    return isFields(value)
      ? flatten(value, `${path}.`)
      : [[path, typeof value === 'string' ? value : (JSON.stringify(value) ?? '')] as const]
  })
}

const isFields = (value: unknown): value is Manifest =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
