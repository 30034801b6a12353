package main

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"sync/atomic"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

var consuming = []check{
	{"push everything, once", func(s *scene) {
		topic := s.topic(4)
		p := s.producer()
		for n := range 50 {
			send(p, message(topic, fmt.Sprint("value ", n)))
		}
		in := s.inbox(topic)
		in.waitFor(50)
		for n := range 50 {
			send(p, message(topic, fmt.Sprint("later ", n)))
		}
		in.settlesAt(100)
	}},

	{"push by tags", func(s *scene) {
		topic := s.topic(1)
		in := &inbox{}
		s.push(fresh("group"), topic, consumer.MessageSelector{Type: consumer.TAG, Expression: "A || B"}, in.taking)
		p := s.producer()
		for _, tag := range []string{"A", "B", "C", "AA"} {
			send(p, message(topic, tag).WithTag(tag))
		}
		in.settlesAt(2)
	}},

	{"push by SQL", func(s *scene) {
		topic := s.topic(1)
		in := &inbox{}
		dear := consumer.MessageSelector{Type: consumer.SQL92, Expression: "price > 5"}
		s.push(fresh("group"), topic, dear, in.taking)
		p := s.producer()
		for price := range 8 {
			sent := message(topic, fmt.Sprint(price))
			sent.WithProperty("price", fmt.Sprint(price))
			send(p, sent)
		}
		in.settlesAt(2)
		texts := in.texts()
		sort.Strings(texts)
		want("messages", strings.Join(texts, ","), "6,7")
	}},

	{"push in order, one that fails holds its queue back", func(s *scene) {
		topic := s.topic(2)
		in := &inbox{}
		var tries atomic.Int32
		p := s.producer(producer.WithQueueSelector(producer.NewHashQueueSelector()))
		for n := range 6 {
			send(p, message(topic, fmt.Sprint("value ", n)).WithShardingKey("one"))
		}
		take := func(_ context.Context, all ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
			if string(all[0].Body) == "value 2" && tries.Add(1) <= 2 {
				return consumer.SuspendCurrentQueueAMoment, nil
			}
			in.add(all...)
			return consumer.ConsumeSuccess, nil
		}
		s.push(fresh("group"), topic, every, take, consumer.WithConsumerOrder(true),
			consumer.WithConsumeMessageBatchMaxSize(1))
		in.waitLonger(6, 45*time.Second)
		for n, text := range in.texts() {
			want("order", text, fmt.Sprint("value ", n))
		}
		want("tries", tries.Load(), int32(3))
	}},

	{"push to everyone", func(s *scene) {
		topic := s.topic(2)
		group := fresh("group")
		first, second := &inbox{}, &inbox{}
		for _, in := range []*inbox{first, second} {
			s.push(group, topic, every, in.taking, consumer.WithConsumerModel(consumer.BroadCasting))
		}
		time.Sleep(2 * time.Second)
		p := s.producer()
		for n := range 10 {
			send(p, message(topic, fmt.Sprint("value ", n)))
		}
		first.settlesAt(10)
		second.settlesAt(10)
	}},

	{"push again after a failure", func(s *scene) {
		topic := s.topic(1)
		in := &inbox{}
		take := func(ctx context.Context, all ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
			if in.add(all...) == 1 {
				concurrently, _ := primitive.GetConcurrentlyCtx(ctx)
				concurrently.DelayLevelWhenNextConsume = 1
				return consumer.ConsumeRetryLater, nil
			}
			return consumer.ConsumeSuccess, nil
		}
		s.push(fresh("group"), topic, every, take)
		result := send(s.producer(), message(topic, "again"))
		// A client looks for new queues each 20 s, and that of its group's retries is made when it says it is there.
		in.waitLonger(2, 60*time.Second)
		again := in.all()[1]
		want("times", again.ReconsumeTimes, int32(1))
		want("topic", again.Topic, topic)
		want("id", again.MsgId, result.MsgID)
		in.staysAt(2, 2*time.Second)
	}},

	{"push goes on where its predecessor stopped", func(s *scene) {
		topic := s.topic(2)
		group := fresh("group")
		p := s.producer()
		for n := range 10 {
			send(p, message(topic, fmt.Sprint("value ", n)))
		}
		before := &inbox{}
		first := must(rocketmq.NewPushConsumer(consumer.WithNameServer(servers()), consumer.WithGroupName(group),
			consumer.WithInstance(fresh("instance")), consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset)))
		try(first.Subscribe(topic, every, before.taking))
		try(first.Start())
		before.settlesAt(10)
		try(first.Shutdown())
		for n := range 5 {
			send(p, message(topic, fmt.Sprint("later ", n)))
		}
		after := &inbox{}
		s.push(group, topic, every, after.taking)
		after.settlesAt(5)
	}},

	{"push shared by two", func(s *scene) {
		topic := s.topic(4)
		group := fresh("group")
		first, second := &inbox{}, &inbox{}
		for _, in := range []*inbox{first, second} {
			s.push(group, topic, every, in.taking)
		}
		p := s.producer()
		// Each has its two queues once both know of each other.
		waitAtMost(60*time.Second, "both get some", func() bool {
			for range 4 {
				send(p, message(topic, "probe"))
			}
			time.Sleep(500 * time.Millisecond)
			return len(first.all()) > 0 && len(second.all()) > 0
		})
	}},

	{"delay by level 1", func(s *scene) {
		topic := s.topic(1)
		in := s.inbox(topic)
		sent := time.Now()
		send(s.producer(), message(topic, "later").WithDelayTimeLevel(1))
		in.settlesAt(1)
		took := in.times[0].Sub(sent)
		want("in time", took > 900*time.Millisecond && took < 4*time.Second, true)
	}},

	{"pull from an offset", func(s *scene) {
		topic := s.topic(1)
		p := s.producer()
		var queue *primitive.MessageQueue
		for n := range 5 {
			queue = send(p, message(topic, fmt.Sprint("value ", n))).MessageQueue
		}
		puller := must(rocketmq.NewPullConsumer(consumer.WithNameServer(servers()),
			consumer.WithGroupName(fresh("group")), consumer.WithInstance(fresh("instance"))))
		try(puller.Subscribe(topic, every))
		try(puller.Start())
		s.atEnd(puller.Shutdown)
		result := must(puller.PullFrom(context.Background(), queue, 2, 10))
		want("status", result.Status, primitive.PullFound)
		want("next", result.NextBeginOffset, int64(5))
		want("messages", len(result.GetMessageExts()), 3)
	}},
}

// taken is what a reply takes over from its question.
var taken = []string{
	primitive.PropertyCorrelationID,
	primitive.PropertyMessageReplyToClient,
	primitive.PropertyMessageTTL,
}

func replying(in *inbox, replier rocketmq.Producer) listener {
	return func(ctx context.Context, all ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		for _, question := range all {
			in.add(question)
			reply := primitive.NewMessage(question.GetProperty(primitive.PropertyCluster)+"_REPLY_TOPIC",
				[]byte("answer to "+string(question.Body)))
			reply.WithProperty(primitive.PropertyMsgType, "reply")
			for _, name := range taken {
				reply.WithProperty(name, question.GetProperty(name))
			}
			if _, err := replier.SendSync(ctx, reply); err != nil {
				return consumer.ConsumeRetryLater, err
			}
		}
		return consumer.ConsumeSuccess, nil
	}
}
