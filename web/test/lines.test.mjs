import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browser, curl, curlAlert, mosquitto, portOf } from '../src/js/snippets.js'
import { areaPath, linePath, points } from '../src/js/sparkline.js'

test('ports of listen addresses', () => {
  for (const [listen, want] of [
    [':1883', '1883'],
    ['[::]:1884', '1884'],
    ['', ''],
    [undefined, ''],
    ['off', ''],
  ]) {
    assert.equal(portOf(listen), want)
  }
})

test('the lines carry the real address', () => {
  assert.equal(mosquitto('pi.local', ':1883'), 'mosquitto_pub -h pi.local -t home/kitchen/temp -m 21.5')
  assert.equal(mosquitto('[::1]', ':2883'), 'mosquitto_pub -h ::1 -p 2883 -t home/kitchen/temp -m 21.5')
  assert.match(mosquitto('pi.local', ''), /^#/)
  assert.equal(curl('http://pi.local:8090/'), 'curl -d 21.5 http://pi.local:8090/api/v1/publish/home/kitchen/temp')
  const alert = /-d '([^']+)' (\S+)$/.exec(curlAlert('http://pi.local:8090/'))
  assert.equal(JSON.parse(alert[1]).level, 'critical')
  assert.equal(alert[2], 'http://pi.local:8090/api/v1/publish/alert/lamp')
  assert.match(browser('http://pi.local:8090/base/'), /src="http:\/\/pi.local:8090\/base\/socket.io\/socket.io.js"/)
  assert.match(browser('http://pi.local:8090/base/'), /io\("http:\/\/pi.local:8090\/mqtt"\)/)
})

test('curves span their box, and a flat one runs through its middle', () => {
  assert.deepEqual(points([1, 2, 3], 10, 4), [
    [0, 4],
    [5, 2],
    [10, 0],
  ])
  assert.deepEqual(points([5, 5], 10, 4), [
    [0, 2],
    [10, 2],
  ])
  assert.deepEqual(points([5, 6], 10, 4, 4), [
    [0, 2.5],
    [10, 1.5],
  ])
  assert.equal(linePath([1], 10, 4), '')
  assert.equal(areaPath([0, 1], 10, 4), 'M0 4L10 0L10 4L0 4Z')
})
