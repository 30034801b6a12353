package main

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"sync"
	"time"
)

// brokerAddress asks the name server by a request of our own: the client's admin wants to be told, and can't tell.
var brokerAddress = sync.OnceValue(func() string {
	connection := must(net.DialTimeout("tcp", nameServer, waitTime))
	defer connection.Close()
	try(connection.SetDeadline(time.Now().Add(waitTime)))
	header := must(json.Marshal(map[string]any{
		"code": 105, "language": "GO", "version": 317, "opaque": 1, "flag": 0,
		"extFields": map[string]string{"topic": "TBW102"},
	}))
	frame := binary.BigEndian.AppendUint32(nil, uint32(4+len(header)))
	frame = binary.BigEndian.AppendUint32(frame, uint32(len(header)))
	must(connection.Write(append(frame, header...)))
	lengths := make([]byte, 8)
	must(io.ReadFull(connection, lengths))
	rest := make([]byte, binary.BigEndian.Uint32(lengths)-4)
	must(io.ReadFull(connection, rest))
	var route struct {
		BrokerDatas []struct{ BrokerAddrs map[string]string }
	}
	try(json.Unmarshal(standard(rest[binary.BigEndian.Uint32(lengths[4:])&0xffffff:]), &route))
	return route.BrokerDatas[0].BrokerAddrs["0"]
})

// standard puts the quotes around numeric keys that the original leaves out for older clients.
func standard(body []byte) []byte {
	var quoted []byte
	inString := false
	for i, b := range body {
		digit := !inString && b >= '0' && b <= '9'
		if digit && (body[i-1] == '{' || body[i-1] == ',') && body[i+1] == ':' {
			quoted = append(quoted, '"', b, '"')
			continue
		}
		if b == '"' {
			inString = !inString
		}
		quoted = append(quoted, b)
	}
	return quoted
}
