# The WebSocket alone, from a time without a socket.io library.
import ujson as json
import uwebsockets.client

websocket = uwebsockets.client.connect('ws://gateway.local:8090/socket.io/?EIO=4&transport=websocket')
print("open", sorted(json.loads(websocket.recv()[1:]))[0])

websocket.settimeout(1)
try:
    websocket.recv()
except OSError:
    print("nothing yet")

websocket.send('40')
print("in", websocket.recv()[:2])
websocket.send('42["temperature",' + json.dumps(19) + ']')
websocket.send('451-["picture",{"_placeholder":true,"num":0}]')
websocket.send(b'\x00\xff')

websocket.settimeout(None)
print("event", websocket.recv())
websocket.close()
print("closed", websocket.open)
