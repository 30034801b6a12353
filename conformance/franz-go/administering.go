package main

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func text(value string) *string { return &value }

// waitForConfig allows for a broker that learns of a change a moment after the answer.
func waitForConfig(ctx context.Context, topic, name, value string) {
	waitFor(ctx, name+"="+value, func() bool {
		described := must(must(admin.DescribeTopicConfigs(ctx, topic)).On(topic, nil))
		for _, one := range described.Configs {
			if one.Key == name {
				return one.MaybeValue() == value
			}
		}
		return false
	})
}

var administering = []check{
	{"admin describes broker and versions", func(ctx context.Context) error {
		metadata := must(admin.BrokerMetadata(ctx))
		want("brokers", len(metadata.Brokers), 1)
		want("address", fmt.Sprintf("%s:%d", metadata.Brokers[0].Host, metadata.Brokers[0].Port), broker)
		want("controller", metadata.Controller, metadata.Brokers[0].NodeID)
		want("cluster has an id", metadata.Cluster != "", true)
		for _, versions := range must(admin.ApiVersions(ctx)) {
			if versions.Err != nil {
				return versions.Err
			}
			for key, name := range map[int16]string{0: "Produce", 1: "Fetch", 11: "JoinGroup", 22: "InitProducerID"} {
				_, there := versions.KeyMaxVersion(key)
				want(name+" is advertised", there, true)
			}
		}
		return nil
	}},
	{"admin creates, grows and deletes a topic", func(ctx context.Context) error {
		name := fresh("topic")
		created := must(admin.CreateTopic(ctx, 3, 1, map[string]*string{"retention.ms": text("1000000")}, name))
		want("has an id", created.ID != kadm.TopicID{}, true)
		want("partitions told", created.NumPartitions, 3)
		listed := must(admin.ListTopics(ctx, name))
		want("partitions", len(listed[name].Partitions), 3)
		want("id", listed[name].ID, created.ID)
		_, err := admin.CreateTopic(ctx, 3, 1, nil, name)
		wantError(err, kerr.TopicAlreadyExists)
		want("grown", must(admin.UpdatePartitions(ctx, 5, name))[name].Err, nil)
		grown := func() bool { return len(must(admin.ListTopics(ctx, name))[name].Partitions) == 5 }
		waitFor(ctx, "five partitions", grown)
		wantError(must(admin.UpdatePartitions(ctx, 4, name))[name].Err, kerr.InvalidPartitions)
		must(admin.DeleteTopic(ctx, name))
		waitFor(ctx, "it is gone", func() bool { return !must(admin.ListTopics(ctx)).Has(name) })
		_, err = admin.DeleteTopic(ctx, name)
		wantError(err, kerr.UnknownTopicOrPartition)
		return nil
	}},
	{"admin alters and describes configurations", func(ctx context.Context) error {
		name := topic(ctx, 1)
		set := kadm.AlterConfig{Op: kadm.SetConfig, Name: "retention.ms", Value: text("1000000")}
		for _, answer := range must(admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{set}, name)) {
			want("error", answer.Err, nil)
		}
		waitForConfig(ctx, name, "retention.ms", "1000000")
		unset := kadm.AlterConfig{Op: kadm.DeleteConfig, Name: "retention.ms"}
		for _, answer := range must(admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{unset}, name)) {
			want("error", answer.Err, nil)
		}
		waitForConfig(ctx, name, "retention.ms", "604800000")
		wrong := kadm.AlterConfig{Op: kadm.SetConfig, Name: "retention.ms", Value: text("soon")}
		for _, answer := range must(admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{wrong}, name)) {
			wantError(answer.Err, kerr.InvalidConfig)
		}
		return nil
	}},
	{"admin lists offsets and deletes records", func(ctx context.Context) error {
		name := topic(ctx, 1)
		produce(ctx, name, 0, numbered(10))
		offset := func(listed kadm.ListedOffsets) int64 {
			one, _ := listed.Lookup(name, 0)
			if one.Err != nil {
				panic(one.Err)
			}
			return one.Offset
		}
		want("end", offset(must(admin.ListEndOffsets(ctx, name))), 10)
		want("committed end", offset(must(admin.ListCommittedOffsets(ctx, name))), 10)
		var before kadm.Offsets
		before.Add(kadm.Offset{Topic: name, Partition: 0, At: 4})
		deleted, _ := must(admin.DeleteRecords(ctx, before)).Lookup(name, 0)
		want("error", deleted.Err, nil)
		want("low watermark", deleted.LowWatermark, 4)
		want("start", offset(must(admin.ListStartOffsets(ctx, name))), 4)
		want("local start", offset(must(admin.ListLocalLogStartOffsets(ctx, name))), 4)
		want("after 1970", offset(must(admin.ListOffsetsAfterMilli(ctx, 0, name))), 4)
		tomorrow := time.Now().Add(24 * time.Hour).UnixMilli()
		want("after tomorrow is the end", offset(must(admin.ListOffsetsAfterMilli(ctx, tomorrow, name))), 10)
		return nil
	}},
	{"admin asks where an epoch ends", func(ctx context.Context) error {
		name := topic(ctx, 1)
		produce(ctx, name, 0, numbered(3))
		var ask kadm.OffsetForLeaderEpochRequest
		ask.Add(name, 0, 0)
		answer := must(admin.OffsetForLeaderEpoch(ctx, ask))[name][0]
		want("error", answer.Err, nil)
		want("epoch", answer.LeaderEpoch, 0)
		want("end", answer.EndOffset, 3)
		return nil
	}},
	{"admin describes, lists and deletes groups", func(ctx context.Context) error {
		name, group := topic(ctx, 2), fresh("group")
		one := join(group, name, kgo.ClientID("the-client"))
		defer one.Close()
		waitFor(ctx, "two partitions", func() bool { return one.count() == 2 }, one.Client)
		described := must(admin.DescribeGroups(ctx, group))[group]
		want("state", described.State, "Stable")
		want("members", len(described.Members), 1)
		want("client", described.Members[0].ClientID, "the-client")
		want("assigned", len(described.AssignedPartitions()[name]), 2)
		want("is listed", must(admin.ListGroups(ctx, "Stable"))[group].ProtocolType, "consumer")
		_, err := admin.DeleteGroup(ctx, group)
		wantError(err, kerr.NonEmptyGroup)
		one.Close()
		if err := admin.CommitAllOffsets(ctx, group, offsets(name, 1)); err != nil {
			return err
		}
		want("state", must(admin.DescribeGroups(ctx, group))[group].State, "Empty")
		must(admin.DeleteGroup(ctx, group))
		_, err = admin.DeleteGroup(ctx, group)
		wantError(err, kerr.GroupIDNotFound)
		return nil
	}},
	{"admin commits, fetches and deletes offsets, and tells the lag", func(ctx context.Context) error {
		name, group := topic(ctx, 2), fresh("group")
		produce(ctx, name, 1, numbered(10))
		if err := admin.CommitAllOffsets(ctx, group, offsets(name, 0, 7)); err != nil {
			return err
		}
		found, _ := must(admin.FetchOffsets(ctx, group)).Lookup(name, 1)
		want("offset", found.At, 7)
		want("metadata", found.Metadata, "noted")
		lag := must(admin.Lag(ctx, group))[group]
		want("lag", lag.Lag.Total(), 3)
		var some kadm.TopicsSet
		some.Add(name, 1)
		deleted := must(admin.DeleteOffsets(ctx, group, some))
		want("error", deleted[name][1], nil)
		_, there := must(admin.FetchOffsets(ctx, group)).Lookup(name, 1)
		want("is still there", there, false)
		return nil
	}},
}

func offsets(topic string, at ...int64) kadm.Offsets {
	var all kadm.Offsets
	for partition, offset := range at {
		all.Add(kadm.Offset{Topic: topic, Partition: int32(partition), At: offset, LeaderEpoch: -1, Metadata: "noted"})
	}
	return all
}
