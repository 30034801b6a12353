// Program main runs Apache RocketMQ's Go client (v2, remoting) against the name server at argument 1: a line a check,
// `ok NAME: FACT=VALUE | ...`, exit code 1 if one fails. Argument 2: only the checks with this in their name.
package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"sync"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/admin"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
	"github.com/apache/rocketmq-client-go/v2/rlog"
)

const (
	checkTime = 120 * time.Second
	waitTime  = 20 * time.Second
	atOnce    = 4
)

var (
	nameServer = os.Args[1]
	prefix     = fmt.Sprintf("go%06x", rand.Uint32()&0xffffff)
	lock       sync.Mutex
	made       int
	failures   int
)

type check struct {
	name string
	body func(s *scene)
}

// A scene is what one check works with: its facts, and what ends with it.
type scene struct {
	facts   []string
	endings []func()
}

func main() {
	only := ""
	if len(os.Args) > 2 {
		only = os.Args[2]
	}
	rlog.SetLogLevel("fatal")
	var waiting sync.WaitGroup
	places := make(chan bool, atOnce)
	for _, all := range [][]check{transactions, consuming, sending} {
		for _, one := range all {
			if !strings.Contains(one.name, only) {
				continue
			}
			waiting.Add(1)
			places <- true
			go func() {
				run(one)
				<-places
				waiting.Done()
			}()
		}
	}
	waiting.Wait()
	if failures > 0 {
		os.Exit(1)
	}
}

// run leaves a check that is late behind.
func run(one check) {
	s := &scene{}
	done := make(chan error, 1)
	go func() {
		defer func() {
			if problem := recover(); problem != nil {
				done <- fmt.Errorf("%v", problem)
			}
		}()
		one.body(s)
		done <- nil
	}()
	var err error
	select {
	case err = <-done:
	case <-time.After(checkTime):
		err = errors.New("does not end")
	}
	say(one.name, strings.Join(s.facts, " | "), err)
	for i := len(s.endings) - 1; i >= 0; i-- {
		s.endings[i]()
	}
}

func say(name, facts string, err error) {
	lock.Lock()
	defer lock.Unlock()
	if err != nil {
		failures++
		fmt.Printf("FAIL %s: %s\n", name, strings.Join(strings.Fields(err.Error()), " "))
	} else if facts == "" {
		fmt.Println("ok", name)
	} else {
		fmt.Printf("ok %s: %s\n", name, facts)
	}
}

func (s *scene) fact(name string, value any) {
	s.facts = append(s.facts, fmt.Sprintf("%s=%v", name, value))
}

func (s *scene) atEnd(ending func() error) {
	s.endings = append(s.endings, func() { _ = ending() })
}

// fresh gives a name that nobody else uses.
func fresh(kind string) string {
	lock.Lock()
	defer lock.Unlock()
	made++
	return fmt.Sprintf("%s_%s_%d", prefix, kind, made)
}

func servers() primitive.NamesrvAddr {
	return primitive.NamesrvAddr{nameServer}
}

func (s *scene) producer(options ...producer.Option) rocketmq.Producer {
	all := []producer.Option{
		producer.WithNameServer(servers()),
		producer.WithGroupName(fresh("producer")),
		producer.WithInstanceName(fresh("instance")),
	}
	made := must(rocketmq.NewProducer(append(all, options...)...))
	try(made.Start())
	s.atEnd(made.Shutdown)
	return made
}

// topic makes one by the admin and waits until it can be sent to.
func (s *scene) topic(queues int) string {
	name := fresh("topic")
	maker := must(admin.NewAdmin(admin.WithResolver(primitive.NewPassthroughResolver(servers()))))
	s.atEnd(maker.Close)
	broker := brokerAddress()
	try(maker.CreateTopic(context.Background(), admin.WithTopicCreate(name), admin.WithBrokerAddrCreate(broker),
		admin.WithReadQueueNums(queues), admin.WithWriteQueueNums(queues)))
	waitFor("a route of "+name, func() bool {
		list, err := maker.FetchPublishMessageQueues(context.Background(), name)
		return err == nil && len(list) == queues
	})
	return name
}

// An inbox is what a push consumer got, in the order in which it got it.
type inbox struct {
	lock     sync.Mutex
	messages []*primitive.MessageExt
	times    []time.Time
}

func (in *inbox) add(messages ...*primitive.MessageExt) int {
	in.lock.Lock()
	defer in.lock.Unlock()
	for _, message := range messages {
		in.messages = append(in.messages, message)
		in.times = append(in.times, time.Now())
	}
	return len(in.messages)
}

func (in *inbox) all() []*primitive.MessageExt {
	in.lock.Lock()
	defer in.lock.Unlock()
	return append([]*primitive.MessageExt{}, in.messages...)
}

func (in *inbox) texts() []string {
	var texts []string
	for _, message := range in.all() {
		texts = append(texts, string(message.Body))
	}
	return texts
}

func (in *inbox) waitFor(count int) {
	in.waitLonger(count, waitTime)
}

func (in *inbox) waitLonger(count int, limit time.Duration) {
	waitAtMost(limit, fmt.Sprintf("%d messages", count), func() bool { return len(in.all()) >= count })
}

// settlesAt wants exactly these and nothing more for a while.
func (in *inbox) settlesAt(count int) {
	in.waitFor(count)
	in.staysAt(count, time.Second)
}

func (in *inbox) staysAt(count int, quiet time.Duration) {
	time.Sleep(quiet)
	want("messages", len(in.all()), count)
}

type listener = func(context.Context, ...*primitive.MessageExt) (consumer.ConsumeResult, error)

func (in *inbox) taking(_ context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
	in.add(messages...)
	return consumer.ConsumeSuccess, nil
}

var every = consumer.MessageSelector{Type: consumer.TAG, Expression: "*"}

func (s *scene) push(group, topic string, which consumer.MessageSelector, take listener, options ...consumer.Option) {
	all := []consumer.Option{
		consumer.WithNameServer(servers()),
		consumer.WithGroupName(group),
		consumer.WithInstance(fresh("instance")),
		consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset),
	}
	made := must(rocketmq.NewPushConsumer(append(all, options...)...))
	try(made.Subscribe(topic, which, take))
	try(made.Start())
	s.atEnd(made.Shutdown)
}

// inbox starts a push consumer of a group of its own.
func (s *scene) inbox(topic string) *inbox {
	in := &inbox{}
	s.push(fresh("group"), topic, every, in.taking)
	return in
}

func message(topic, body string) *primitive.Message {
	return primitive.NewMessage(topic, []byte(body))
}

func send(p rocketmq.Producer, messages ...*primitive.Message) *primitive.SendResult {
	result := must(p.SendSync(context.Background(), messages...))
	want("status", result.Status, primitive.SendOK)
	return result
}

func must[T any](value T, err error) T {
	try(err)
	return value
}

func try(err error) {
	if err != nil {
		panic(err)
	}
}

func want[T comparable](what string, actual, expected T) {
	if actual != expected {
		panic(fmt.Sprintf("%s: %v, not %v", what, actual, expected))
	}
}

func waitFor(what string, so func() bool) {
	waitAtMost(waitTime, what, so)
}

func waitAtMost(limit time.Duration, what string, so func() bool) {
	until := time.Now().Add(limit)
	for !so() {
		if time.Now().After(until) {
			panic("not in time: " + what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
