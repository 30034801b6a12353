// Program main runs franz-go's clients (kgo, kadm) against the broker at argument 1, with SASL at argument 2 if that is
// not empty: a line a check, exit code 1 if one fails. Argument 3: only the checks with this in their name.
package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	checkTime = 40 * time.Second
	shortly   = 100 * time.Millisecond
)

var (
	broker, saslBroker, only = os.Args[1], os.Args[2], os.Args[3]

	admin    *kadm.Client
	prefix   = fmt.Sprintf("franz-%08x", rand.Uint32())
	made     int
	failures int
)

type check struct {
	name string
	body func(ctx context.Context) error
}

func main() {
	admin = kadm.NewClient(must(kgo.NewClient(kgo.SeedBrokers(broker))))
	for _, all := range [][]check{producing, consuming, grouping, administering} {
		for _, one := range all {
			run(one)
		}
	}
	if saslBroker == "" {
		fmt.Println("skip SASL: no port with SASL was given")
	} else {
		for _, one := range sasl {
			run(one)
		}
	}
	if failures > 0 {
		os.Exit(1)
	}
}

// run leaves a check that is late behind.
func run(one check) {
	if !strings.Contains(one.name, only) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkTime)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		defer func() {
			if problem := recover(); problem != nil {
				done <- fmt.Errorf("panic: %v", problem)
			}
		}()
		done <- one.body(ctx)
	}()
	var err error
	select {
	case err = <-done:
	case <-time.After(checkTime + 5*time.Second):
		err = errors.New("does not end")
	}
	if err == nil {
		fmt.Println("ok", one.name)
		return
	}
	failures++
	fmt.Printf("FAIL %s: %s\n", one.name, strings.Join(strings.Fields(err.Error()), " "))
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func want[T comparable](what string, actual, expected T) {
	if actual != expected {
		panic(fmt.Sprintf("%s: %v, not %v", what, actual, expected))
	}
}

func wantError(err, expected error) {
	if !errors.Is(err, expected) {
		panic(fmt.Sprintf("not the error %v but %v", expected, err))
	}
}

// fresh gives a name that nobody else uses.
func fresh(kind string) string {
	made++
	return fmt.Sprintf("%s-%s-%d", prefix, kind, made)
}

func topic(ctx context.Context, partitions int32) string {
	name := fresh("topic")
	must(admin.CreateTopic(ctx, partitions, 1, nil, name))
	return name
}

func client(options ...kgo.Opt) *kgo.Client {
	return must(kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(broker)}, options...)...))
}

// produce sends values to one partition and gives the records as they were delivered.
func produce(ctx context.Context, topic string, partition int32, values []string, options ...kgo.Opt) []*kgo.Record {
	cl := client(append(options, kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	defer cl.Close()
	records := make([]*kgo.Record, len(values))
	for i, value := range values {
		records[i] = &kgo.Record{Topic: topic, Partition: partition, Value: []byte(value)}
	}
	if err := cl.ProduceSync(ctx, records...).FirstErr(); err != nil {
		panic(err)
	}
	return records
}

// collect polls until there are so many records.
func collect(ctx context.Context, cl *kgo.Client, count int) []*kgo.Record {
	var records []*kgo.Record
	for len(records) < count {
		fetches := cl.PollFetches(ctx)
		for _, problem := range fetches.Errors() {
			panic(fmt.Sprintf("%v after %d of %d records", problem.Err, len(records), count))
		}
		records = append(records, fetches.Records()...)
	}
	want("records", len(records), count)
	return records
}

// read collects from the beginning of a topic.
func read(ctx context.Context, topic string, count int, options ...kgo.Opt) []*kgo.Record {
	start := kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())
	cl := client(append(options, kgo.ConsumeTopics(topic), start)...)
	defer cl.Close()
	return collect(ctx, cl, count)
}

func values(records []*kgo.Record) string {
	words := make([]string, len(records))
	for i, record := range records {
		words[i] = string(record.Value)
	}
	return strings.Join(words, ",")
}

func numbered(count int) []string {
	words := make([]string, count)
	for i := range words {
		words[i] = fmt.Sprint("value ", i)
	}
	return words
}

// waitFor polls the clients until it is so.
func waitFor(ctx context.Context, what string, so func() bool, clients ...*kgo.Client) {
	for !so() {
		if ctx.Err() != nil {
			panic("not in time: " + what)
		}
		for _, cl := range clients {
			short, cancel := context.WithTimeout(ctx, shortly)
			cl.PollFetches(short)
			cancel()
		}
		if len(clients) == 0 {
			time.Sleep(shortly)
		}
	}
}
