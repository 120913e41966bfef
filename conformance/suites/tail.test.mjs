// The official client, as an application would use it: create, append, and tail while more arrives.
import { DurableStream, stream } from "@durable-streams/client"
import { expect, test } from "vitest"

const base = `${process.env.STREAMKEEPER_SERVER}/v1/stream`
const unique = (name) => `${base}/tail/${name}-${process.hrtime.bigint()}`

for (const live of ["long-poll", "sse"]) {
  test(`tails text with ${live}`, async () => {
    const url = unique(`text-${live}`)
    const handle = await DurableStream.create({ url, contentType: "text/plain" })
    await handle.append("before ")

    const response = await stream({ url, offset: "-1", live })
    let received = ""
    const done = new Promise((resolve, reject) => {
      response.subscribeText(async (chunk) => {
        received += chunk.text
        if (received.endsWith("end")) {
          resolve()
        }
      })
      response.closed.then(resolve, reject)
    })
    await handle.append("during – ünïcödé ")
    await handle.append("end")
    await done
    response.cancel()
    expect(received).toBe("before during – ünïcödé end")
  })

  test(`tails JSON messages with ${live} until the stream is closed`, async () => {
    const url = unique(`json-${live}`)
    const handle = await DurableStream.create({ url, contentType: "application/json" })
    await handle.append(JSON.stringify({ n: 0 }))

    const response = await stream({ url, offset: "-1", live, json: true })
    const numbers = []
    // The client may say that a stream is closed before it has handed over its last messages.
    const all = new Promise((resolve) => {
      response.subscribeJson(async (batch) => {
        numbers.push(...batch.items.map((item) => item.n))
        if (numbers.length >= 20) {
          resolve()
        }
      })
    })
    for (let n = 1; n < 20; n++) {
      await handle.append(JSON.stringify({ n }))
    }
    await handle.close()
    await all
    await response.closed
    expect(numbers).toEqual([...Array(20).keys()])
  })
}

test("resumes from a saved offset without losing or repeating anything", async () => {
  const url = unique("resume")
  const handle = await DurableStream.create({ url, contentType: "application/json" })
  await handle.append(JSON.stringify(1))
  const first = await stream({ url, offset: "-1", live: false })
  expect(await first.json()).toEqual([1])
  const saved = first.offset
  await handle.append(JSON.stringify(2))
  const second = await stream({ url, offset: saved, live: false })
  expect(await second.json()).toEqual([2])
})
