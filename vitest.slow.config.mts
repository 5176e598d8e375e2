import { defineConfig, mergeConfig } from 'vitest/config'
import base from './vitest.config.mts'

const slow = mergeConfig(base, defineConfig({ test: { testTimeout: 900_000 } }))
slow.test = { ...slow.test, include: ['test/slow/**/*.test.ts'], exclude: ['**/node_modules/**'] }

export default slow
