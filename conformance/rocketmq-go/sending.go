package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

var sending = []check{
	{"send answered with status, queue and offset", func(s *scene) {
		topic := s.topic(1)
		p := s.producer()
		for n := range 3 {
			result := send(p, message(topic, fmt.Sprint("value ", n)))
			want("offset", result.QueueOffset, int64(n))
			want("queue", result.MessageQueue.QueueId, 0)
			s.fact(fmt.Sprint("offset id ", n), len(result.OffsetMsgID) == 32)
		}
	}},

	{"send with tag, keys and properties", func(s *scene) {
		topic := s.topic(1)
		in := s.inbox(topic)
		sent := message(topic, "Grüße, 世界 🙂")
		sent.WithTag("TagÄ").WithKeys([]string{"key-1", "schlüssel"})
		sent.WithProperty("Größe", "groß 世界 🙂")
		result := send(s.producer(), sent)
		in.settlesAt(1)
		got := in.all()[0]
		want("body", string(got.Body), "Grüße, 世界 🙂")
		want("tag", got.GetTags(), "TagÄ")
		want("keys", strings.TrimSpace(got.GetKeys()), "key-1 schlüssel")
		want("property", got.GetProperty("Größe"), "groß 世界 🙂")
		want("id", got.MsgId, result.MsgID)
		var names []string
		for name := range got.GetProperties() {
			names = append(names, name)
		}
		sort.Strings(names)
		s.fact("properties", strings.Join(names, ","))
	}},

	{"send by callback and one-way", func(s *scene) {
		topic := s.topic(2)
		in := s.inbox(topic)
		p := s.producer()
		var waiting sync.WaitGroup
		for n := range 50 {
			waiting.Add(1)
			try(p.SendAsync(context.Background(), func(_ context.Context, result *primitive.SendResult, err error) {
				if err == nil && result.Status == primitive.SendOK {
					waiting.Done()
				}
			}, message(topic, fmt.Sprint("async ", n))))
		}
		waiting.Wait()
		for n := range 20 {
			try(p.SendOneWay(context.Background(), message(topic, fmt.Sprint("one-way ", n))))
		}
		in.settlesAt(70)
	}},

	{"send a batch", func(s *scene) {
		topic := s.topic(1)
		in := s.inbox(topic)
		var batch []*primitive.Message
		for n := range 10 {
			batch = append(batch, message(topic, fmt.Sprint("value ", n)).WithTag("T"))
		}
		send(s.producer(), batch...)
		in.settlesAt(10)
		for _, got := range in.all() {
			want("place", string(got.Body), fmt.Sprint("value ", got.QueueOffset))
		}
	}},

	{"send bodies from 1 B to 4 MiB", func(s *scene) {
		topic := s.topic(1)
		in := s.inbox(topic)
		p := s.producer(producer.WithSendMsgTimeout(10 * time.Second))
		sizes := []int{1, 4095, 4096, 300_000, 4_000_000} // compressed, noise gets a little longer
		for _, size := range sizes {
			send(p, primitive.NewMessage(topic, noise(size)))
		}
		in.settlesAt(len(sizes))
		for _, got := range in.all() {
			want("same bytes", bytes.Equal(got.Body, noise(len(got.Body))), true)
		}
	}},

	{"send compressed", func(s *scene) {
		topic := s.topic(1)
		in := s.inbox(topic)
		text := strings.Repeat("much of the same ", 5000)
		send(s.producer(), message(topic, text))
		in.settlesAt(1)
		want("same text", string(in.all()[0].Body) == text, true)
		s.fact("flag", in.all()[0].SysFlag)
	}},

	{"send by sharding key, always to one queue", func(s *scene) {
		topic := s.topic(4)
		p := s.producer(producer.WithQueueSelector(producer.NewHashQueueSelector()))
		queues := map[int]bool{}
		for range 8 {
			queues[send(p, message(topic, "x").WithShardingKey("order 17")).MessageQueue.QueueId] = true
		}
		want("queues", len(queues), 1)
	}},

	{"send makes its topic", func(s *scene) {
		topic := fresh("made")
		send(s.producer(), message(topic, "first"))
		in := s.inbox(topic)
		in.settlesAt(1)
	}},

	{"send to a topic that is not there and is not made", func(s *scene) {
		p := s.producer(producer.WithCreateTopicKey("go_no_such_key"))
		_, err := p.SendSync(context.Background(), message(fresh("missing"), "x"))
		want("refused", err != nil, true)
	}},

	{"request and reply", func(s *scene) {
		topic := s.topic(1)
		asker := s.producer()
		replier := s.producer()
		in := &inbox{}
		s.push(fresh("group"), topic, every, replying(in, replier))
		// The clients of a process share what they know of topics, and one that asks about a topic which is not new to them
		// tells the broker of itself only by its next heartbeat, each 30 s.
		waitAtMost(60*time.Second, "the first reply", func() bool {
			_, err := asker.Request(context.Background(), 3*time.Second, message(topic, "anybody?"))
			return err == nil
		})
		for n := range 3 {
			question := fmt.Sprint("question ", n)
			reply := must(asker.Request(context.Background(), 15*time.Second, message(topic, question)))
			want("reply", string(reply.Body), "answer to "+question)
		}
	}},
}

// noise is bytes that can't be compressed.
func noise(size int) []byte {
	body := make([]byte, size)
	rand.New(rand.NewSource(int64(size))).Read(body)
	return body
}
