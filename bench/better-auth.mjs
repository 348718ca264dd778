// better-auth's API keys beside Patrol: better-auth.mjs PORT COUNT USED. Makes COUNT keys, writes the first USED of them to a file,
// tells the processor time of a check in this process in microseconds, and answers 204 or 401 to whoever brings one as `Authorization: Bearer`.
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { apiKey } from '@better-auth/api-key'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'

const [port, count, used] = process.argv.slice(2).map(Number)
const database = new DatabaseSync('keys.db')
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
const auth = betterAuth({
  database,
  baseURL: `http://127.0.0.1:${port}`,
  secret: 'only-for-this-benchmark-only-for-this-benchmark',
  logger: { level: 'error' },
  telemetry: { enabled: false },
  // Its own limit of ten requests a day for a key would refuse nearly all of them.
  plugins: [apiKey({ rateLimit: { enabled: false } })],
})
await (await getMigrations(auth.options)).runMigrations()
const user = await (await auth.$context).internalAdapter.createUser({ name: 'bench', email: 'bench@example.com' })
const keys = []
for (let i = 0; i < count; i++) keys.push((await auth.api.createApiKey({ body: { userId: user.id } })).key)
keys.length = used

async function isGood(key) {
  return (await auth.api.verifyApiKey({ body: { key } })).valid
}

// The first rounds are the compiler's.
let perCheck
for (let round = 0; round < 3; round++) {
  const before = process.cpuUsage()
  for (const key of keys) if (!(await isGood(key))) throw new Error('A key of its own is refused.')
  const spent = process.cpuUsage(before)
  perCheck = (spent.user + spent.system) / keys.length
}

createServer(async (request, response) => {
  response.statusCode = (await isGood(request.headers.authorization?.slice('Bearer '.length) ?? '')) ? 204 : 401
  response.end()
}).listen(port, '127.0.0.1', () => {
  writeFileSync('better-auth-tokens', keys.join('\n') + '\n')
  console.log(perCheck)
})
