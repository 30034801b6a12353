package main

import (
	"context"
	"sync"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

// checkedTime fits the original's defaults: immune for 6 s, checks each 30 s.
const checkedTime = 75 * time.Second

var transactions = []check{
	{"transaction checked and committed", func(s *scene) { checked(s, primitive.CommitMessageState, 1) }},
	{"transaction checked and rolled back", func(s *scene) { checked(s, primitive.RollbackMessageState, 0) }},

	{"transaction committed", func(s *scene) {
		topic := s.topic(1)
		in := s.inbox(topic)
		decider := &judge{first: primitive.CommitMessageState, then: primitive.RollbackMessageState}
		sent := message(topic, "committed").WithTag("T")
		result := must(s.transactional(decider).SendMessageInTransaction(context.Background(), sent))
		want("state", result.State, primitive.CommitMessageState)
		in.settlesAt(1)
		want("body", string(in.all()[0].Body), "committed")
		want("tag", in.all()[0].GetTags(), "T")
	}},

	{"transaction rolled back", func(s *scene) {
		topic := s.topic(1)
		in := s.inbox(topic)
		decider := &judge{first: primitive.RollbackMessageState, then: primitive.CommitMessageState}
		must(s.transactional(decider).SendMessageInTransaction(context.Background(), message(topic, "never")))
		send(s.producer(), message(topic, "ordinary"))
		in.settlesAt(1)
		want("body", in.texts()[0], "ordinary")
	}},
}

func checked(s *scene, answer primitive.LocalTransactionState, delivered int) {
	topic := s.topic(1)
	in := s.inbox(topic)
	decider := &judge{first: primitive.UnknowState, then: answer}
	sent := message(topic, "in doubt").WithTag("T")
	must(s.transactional(decider).SendMessageInTransaction(context.Background(), sent))
	waitAtMost(checkedTime, "a check", func() bool { return len(decider.asked()) == 1 })
	asked := decider.asked()[0]
	want("body", string(asked.Body), "in doubt")
	want("topic", asked.Topic, topic)
	want("tag", asked.GetTags(), "T")
	if delivered > 0 {
		in.waitFor(delivered)
	}
	in.staysAt(delivered, 1500*time.Millisecond)
}

func (s *scene) transactional(decider *judge) rocketmq.TransactionProducer {
	made := must(rocketmq.NewTransactionProducer(decider, producer.WithNameServer(servers()),
		producer.WithGroupName(fresh("group")), producer.WithInstanceName(fresh("instance"))))
	try(made.Start())
	s.atEnd(made.Shutdown)
	return made
}

// A judge decides as it was told, and keeps what it was asked about.
type judge struct {
	first, then primitive.LocalTransactionState
	lock        sync.Mutex
	questions   []*primitive.MessageExt
}

func (j *judge) ExecuteLocalTransaction(*primitive.Message) primitive.LocalTransactionState {
	return j.first
}

func (j *judge) CheckLocalTransaction(message *primitive.MessageExt) primitive.LocalTransactionState {
	j.lock.Lock()
	defer j.lock.Unlock()
	j.questions = append(j.questions, message)
	return j.then
}

func (j *judge) asked() []*primitive.MessageExt {
	j.lock.Lock()
	defer j.lock.Unlock()
	return append([]*primitive.MessageExt{}, j.questions...)
}
