package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// The producer is idempotent with all acknowledgements unless a check says something else.
var producing = []check{
	{"produce in order, offsets told", func(ctx context.Context) error {
		name := topic(ctx, 2)
		for partition := int32(0); partition < 2; partition++ {
			for i, record := range produce(ctx, name, partition, numbered(2000), kgo.ProducerBatchMaxBytes(4096)) {
				want("offset", record.Offset, int64(i))
			}
		}
		read(ctx, name, 4000)
		return nil
	}},
	{"produce keys, headers and nulls", func(ctx context.Context) error {
		name := topic(ctx, 1)
		cl := client()
		defer cl.Close()
		headers := []kgo.RecordHeader{{Key: "a", Value: []byte("1")}, {Key: "a", Value: []byte{}}, {Key: "none"}}
		at := time.UnixMilli(1_700_000_000_123)
		full := &kgo.Record{Topic: name, Key: []byte("key"), Value: []byte("value"), Headers: headers, Timestamp: at}
		if err := cl.ProduceSync(ctx, full, &kgo.Record{Topic: name, Key: []byte("gone")}).FirstErr(); err != nil {
			return err
		}
		records := read(ctx, name, 2)
		first := records[0]
		want("first", fmt.Sprintf("%s %s %d", first.Key, first.Value, first.Timestamp.UnixMilli()), "key value 1700000000123")
		want("headers", fmt.Sprint(first.Headers), fmt.Sprint(headers))
		want("null value", records[1].Value == nil, true)
		return nil
	}},
	{"produce by every codec", func(ctx context.Context) error {
		codecs := []kgo.CompressionCodec{
			kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression(),
		}
		for _, codec := range codecs {
			name := topic(ctx, 1)
			many := strings.Split(strings.Repeat("the same again,", 500), ",")
			produce(ctx, name, 0, many, kgo.ProducerBatchCompression(codec), kgo.ProducerLinger(shortly))
			want("values", values(read(ctx, name, len(many))), strings.Join(many, ","))
		}
		return nil
	}},
	{"produce without idempotence, with acks 0 and 1", func(ctx context.Context) error {
		name := topic(ctx, 1)
		for _, acks := range []kgo.Acks{kgo.NoAck(), kgo.LeaderAck()} {
			produce(ctx, name, 0, numbered(20), kgo.DisableIdempotentWrite(), kgo.RequiredAcks(acks))
		}
		read(ctx, name, 40)
		return nil
	}},
	{"produce to a topic that is created by that", func(ctx context.Context) error {
		name := fresh("topic")
		records := produce(ctx, name, 3, numbered(1), kgo.AllowAutoTopicCreation())
		want("offset", records[0].Offset, 0)
		return nil
	}},
	{"produce what is too large", func(ctx context.Context) error {
		cl := client(kgo.ProducerBatchMaxBytes(5_000_000), kgo.ProducerBatchCompression(kgo.NoCompression()))
		defer cl.Close()
		record := &kgo.Record{Topic: topic(ctx, 1), Value: make([]byte, 2_000_000)}
		wantError(cl.ProduceSync(ctx, record).FirstErr(), kerr.MessageTooLarge)
		return nil
	}},
}

var consuming = []check{
	{"consume from offsets and times", func(ctx context.Context) error {
		name := topic(ctx, 1)
		cl := client(kgo.DefaultProduceTopic(name), kgo.ProducerLinger(shortly))
		defer cl.Close()
		for i := 0; i < 20; i++ {
			at := time.UnixMilli(1_700_000_000_000 + int64(i)*10)
			cl.Produce(ctx, &kgo.Record{Value: fmt.Append(nil, i), Timestamp: at}, nil)
		}
		if err := cl.Flush(ctx); err != nil {
			return err
		}
		offsets := map[string]kgo.Offset{
			"17,18,19":       kgo.NewOffset().At(17),
			"18,19":          kgo.NewOffset().AtEnd().Relative(-2),
			"15,16,17,18,19": kgo.NewOffset().AfterMilli(1_700_000_000_141),
		}
		for expected, offset := range offsets {
			reader := client(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{name: {0: offset}}))
			records := collect(ctx, reader, strings.Count(expected, ",")+1)
			reader.Close()
			want("values", values(records), expected)
		}
		return nil
	}},
	{"consume an offset out of range", func(ctx context.Context) error {
		name := topic(ctx, 1)
		produce(ctx, name, 0, numbered(3))
		place := kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{name: {0: kgo.NewOffset().At(100)}})
		reset := client(place, kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
		defer reset.Close()
		collect(ctx, reset, 3)
		strict := client(place, kgo.ConsumeResetOffset(kgo.NoResetOffset()))
		defer strict.Close()
		errs := strict.PollFetches(ctx).Errors()
		want("errors", len(errs), 1)
		wantError(errs[0].Err, kerr.OffsetOutOfRange)
		return nil
	}},
	{"consume by a pattern, with a topic that comes later", func(ctx context.Context) error {
		name := topic(ctx, 1)
		produce(ctx, name, 0, []string{"first"})
		start := kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())
		age := kgo.MetadataMaxAge(time.Second)
		cl := client(kgo.ConsumeRegex(), kgo.ConsumeTopics("^"+name+".*"), start, age, kgo.MetadataMinAge(shortly))
		defer cl.Close()
		want("values", values(collect(ctx, cl, 1)), "first")
		must(admin.CreateTopic(ctx, 1, 1, nil, name+"-later"))
		produce(ctx, name+"-later", 0, []string{"second"})
		want("values", values(collect(ctx, cl, 1)), "second")
		return nil
	}},
	{"consume while partitions are paused", func(ctx context.Context) error {
		name := topic(ctx, 2)
		cl := client(kgo.ConsumeTopics(name), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
		defer cl.Close()
		cl.PauseFetchPartitions(map[string][]int32{name: {0}})
		produce(ctx, name, 0, []string{"paused"})
		produce(ctx, name, 1, []string{"open"})
		want("values", values(collect(ctx, cl, 1)), "open")
		cl.ResumeFetchPartitions(map[string][]int32{name: {0}})
		want("values", values(collect(ctx, cl, 1)), "paused")
		return nil
	}},
}

// member is a consumer of a group that keeps account of its partitions.
type member struct {
	*kgo.Client
	mutex   sync.Mutex
	owned   map[int32]bool
	revoked int
}

func join(group, topic string, options ...kgo.Opt) *member {
	m := &member{owned: map[int32]bool{}}
	taken := func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
		m.mutex.Lock()
		defer m.mutex.Unlock()
		for _, partition := range partitions[topic] {
			delete(m.owned, partition)
			m.revoked++
		}
	}
	given := func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
		m.mutex.Lock()
		defer m.mutex.Unlock()
		for _, partition := range partitions[topic] {
			m.owned[partition] = true
		}
	}
	m.Client = client(append(options,
		kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.HeartbeatInterval(300*time.Millisecond), kgo.SessionTimeout(6*time.Second),
		kgo.OnPartitionsAssigned(given), kgo.OnPartitionsRevoked(taken), kgo.OnPartitionsLost(taken))...)
	return m
}

func (m *member) count() int {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return len(m.owned)
}

var grouping = []check{
	{"group goes on where it stopped", func(ctx context.Context) error {
		name, group := topic(ctx, 1), fresh("group")
		produce(ctx, name, 0, numbered(10))
		first := join(group, name, kgo.DisableAutoCommit())
		records := collect(ctx, first.Client, 10)
		if err := first.CommitRecords(ctx, records[3]); err != nil {
			return err
		}
		first.Close()
		second := join(group, name)
		defer second.Close()
		want("values", values(collect(ctx, second.Client, 6)), strings.Join(numbered(10)[4:], ","))
		return nil
	}},
	{"group of two, the balancer takes only what moves", func(ctx context.Context) error {
		name, group := topic(ctx, 4), fresh("group")
		first := join(group, name)
		waitFor(ctx, "four partitions", func() bool { return first.count() == 4 }, first.Client)
		second := join(group, name)
		both := func() bool { return first.count() == 2 && second.count() == 2 }
		waitFor(ctx, "two partitions each", both, first.Client, second.Client)
		want("revoked", first.revoked, 2)
		second.Close()
		waitFor(ctx, "four partitions again", func() bool { return first.count() == 4 }, first.Client)
		first.Close()
		return nil
	}},
	{"group of two by an eager balancer", func(ctx context.Context) error {
		name, group := topic(ctx, 4), fresh("group")
		first := join(group, name, kgo.Balancers(kgo.RangeBalancer()))
		defer first.Close()
		waitFor(ctx, "four partitions", func() bool { return first.count() == 4 }, first.Client)
		second := join(group, name, kgo.Balancers(kgo.RangeBalancer()))
		defer second.Close()
		both := func() bool { return first.count() == 2 && second.count() == 2 }
		waitFor(ctx, "two partitions each", both, first.Client, second.Client)
		want("revoked", first.revoked, 4)
		return nil
	}},
	{"group of a static member that comes back", func(ctx context.Context) error {
		name, group := topic(ctx, 4), fresh("group")
		other := join(group, name, kgo.InstanceID("two"))
		defer other.Close()
		first := join(group, name, kgo.InstanceID("one"))
		both := func() bool { return first.count() == 2 && other.count() == 2 }
		waitFor(ctx, "two partitions each", both, first.Client, other.Client)
		taken := other.revoked
		first.Close()
		again := join(group, name, kgo.InstanceID("one"))
		defer again.Close()
		waitFor(ctx, "its two partitions", func() bool { return again.count() == 2 }, again.Client, other.Client)
		want("revoked from the other", other.revoked, taken)
		return nil
	}},
}

func asGuest(options ...kgo.Opt) []kgo.Opt {
	auth := plain.Auth{User: "guest", Pass: "guest"}
	return append(options, kgo.SeedBrokers(saslBroker), kgo.SASL(auth.AsMechanism()))
}

var sasl = []check{
	{"SASL PLAIN", func(ctx context.Context) error {
		name := topic(ctx, 1)
		produce(ctx, name, 0, numbered(5), asGuest()...)
		want("values", values(read(ctx, name, 5, asGuest()...)), strings.Join(numbered(5), ","))
		return nil
	}},
	{"SASL PLAIN with a wrong password", func(ctx context.Context) error {
		auth := plain.Auth{User: "guest", Pass: "wrong"}
		cl := must(kgo.NewClient(kgo.SeedBrokers(saslBroker), kgo.SASL(auth.AsMechanism())))
		defer cl.Close()
		wantError(cl.Ping(ctx), kerr.SaslAuthenticationFailed)
		return nil
	}},
	{"SASL by a mechanism that is not there", func(ctx context.Context) error {
		auth := scram.Auth{User: "guest", Pass: "guest"}
		cl := must(kgo.NewClient(kgo.SeedBrokers(saslBroker), kgo.SASL(auth.AsSha256Mechanism())))
		defer cl.Close()
		wantError(cl.Ping(ctx), kerr.UnsupportedSaslMechanism)
		return nil
	}},
}
