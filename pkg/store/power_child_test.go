package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
)

// What a child that is recorded needs to know.
const (
	powerScriptEnv   = "STORE_POWER_SCRIPT" // name of a script
	powerDirEnv      = "STORE_POWER_DIR"    // data directory
	powerPromisesEnv = "STORE_POWER_PROMISES"
	powerBackupEnv   = "STORE_POWER_BACKUP"
)

// A powerChild uses a store and tells what it is about to do, and what it has
// been promised. Each thing it does has a name and a number that ascends.
type powerChild struct {
	dir      string
	promises *os.File
	s        *Store
}

func (c *powerChild) try(name string, n int) { fmt.Fprintf(c.promises, "try %s %d\n", name, n) }
func (c *powerChild) did(name string, n int) { fmt.Fprintf(c.promises, "did %s %d\n", name, n) }

// powerScripts are what children do.
func powerScripts() map[string]func(*powerChild) error {
	return map[string]func(*powerChild) error{
		"live": (*powerChild).live, "migrate": (*powerChild).migrate, "restore": (*powerChild).restore,
	}
}

// powerMain is the child's main function.
func powerMain(script string) {
	f, err := os.OpenFile(os.Getenv(powerPromisesEnv), os.O_WRONLY|os.O_CREATE, 0o600)
	if err == nil {
		c := &powerChild{dir: os.Getenv(powerDirEnv), promises: f}
		err = powerScripts()[script](c)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "power script:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func (c *powerChild) open() (err error) {
	o := slow()
	o.chunk = 7
	c.try("open", 1)
	c.s, err = Open(c.dir, o)
	c.did("open", 1)
	return err
}

// live is a life from the first boot on: values, records, queues, checkpoints, a
// backup, a restart, and an end without one.
func (c *powerChild) live() error {
	if err := c.open(); err != nil {
		return err
	}
	for i := 1; i <= powerRounds; i++ {
		if err := c.round(i); err != nil {
			return fmt.Errorf("round %d: %w", i, err)
		}
		if i == powerRounds/2 {
			if err := c.s.Close(); err != nil {
				return err
			}
			c.did("flush", i)
			if err := c.open(); err != nil {
				return err
			}
		}
	}
	return nil
}

const powerRounds = 36

func (c *powerChild) round(i int) error {
	topic := fmt.Sprint("value/", i%5)
	c.try(topic, i)
	c.s.Put(Value{Topic: topic, Payload: fmt.Append(nil, i), Seq: uint64(i)})
	topic = fmt.Sprint("retained/", i%3)
	c.try(topic, i)
	err := c.s.PutRetained(Retained{Topic: topic, Payload: fmt.Append(nil, i)})
	steps := []struct {
		every int
		do    func(int) error
	}{{1, c.batch}, {3, c.record}, {2, c.together}, {5, c.flush}, {9, c.checkpoint}, {8, c.deleted}, {20, c.backup}}
	for _, step := range steps {
		if i%step.every == 0 {
			err = errors.Join(err, step.do(i))
		}
	}
	return err
}

// batch appends to two queues and puts a record, all with the same number. It
// keeps four items in one queue by the same batch, and in the other by removals
// that nobody waits for.
func (c *powerChild) batch(i int) error {
	a, err := c.s.Queue("a", QueueOptions{})
	if err != nil {
		return err
	}
	bq, err := c.s.Queue("b", QueueOptions{})
	if err != nil {
		return err
	}
	b := c.s.Batch()
	b.Append(a, powerData(i))
	b.Append(bq, powerData(i))
	b.Put(a, "n", fmt.Append(nil, i))
	if i > 4 {
		b.Remove(a, uint64(i-4))
	}
	c.try("batch", i)
	commit, err := b.Commit()
	if err := errors.Join(err, commit.wait()); err != nil {
		return err
	}
	c.did("batch", i)
	if i > 6 {
		c.try("removed", i-6)
		bq.Remove(uint64(i - 6))
	}
	return nil
}

// powerData is of a length that varies, up to a few sectors.
func powerData(i int) []byte { return bytes.Repeat(fmt.Appendf(nil, "%d,", i), 1+i*37%400) }

func (c *powerChild) record(i int) error {
	name := fmt.Sprint("record/", i%2)
	c.try(name, i)
	err := c.s.PutRecord("r", name, fmt.Append(nil, i))
	c.did(name, i)
	return err
}

// together has three publishers append to a queue each, at the same time.
func (c *powerChild) together(i int) error {
	var wg sync.WaitGroup
	errs := make([]error, 3)
	for p := range errs {
		name := fmt.Sprint("c", p)
		wg.Go(func() {
			q, err := c.s.Queue(name, QueueOptions{})
			if err != nil {
				errs[p] = err
				return
			}
			c.try(name, i/2)
			_, commit, err := q.Append(powerData(i / 2))
			errs[p] = errors.Join(err, commit.Wait(context.Background()))
			c.did(name, i/2)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// flush makes all durable that has been tried so far.
func (c *powerChild) flush(i int) error {
	err := c.s.Flush()
	c.did("flush", i)
	return err
}

func (c *powerChild) checkpoint(i int) error {
	err := c.s.Checkpoint()
	c.did("flush", i)
	return err
}

// deleted deletes a queue and makes it anew, with one item.
func (c *powerChild) deleted(i int) error {
	c.try("deleted", i)
	if err := c.s.DeleteQueue("deleted"); err != nil {
		return err
	}
	q, err := c.s.Queue("deleted", QueueOptions{})
	if err != nil {
		return err
	}
	_, commit, err := q.Append(fmt.Append(nil, i))
	err = errors.Join(err, commit.wait())
	c.did("deleted", i)
	return err
}

func (c *powerChild) backup(int) error { return c.s.Backup(c.dir + "/../backup.tar") }

// migrate opens what an older gateway left, and goes on with it.
func (c *powerChild) migrate() error {
	err := c.open()
	for i := 1; i <= 3 && err == nil; i++ {
		err = errors.Join(c.batch(i), c.record(2*i))
	}
	return errors.Join(err, c.s.Checkpoint())
}

// restore replaces what is there.
func (c *powerChild) restore() error {
	f, err := os.Open(os.Getenv(powerBackupEnv))
	if err != nil {
		return err
	}
	defer f.Close()
	c.try("restore", 1)
	err = Restore(c.dir, f)
	c.did("restore", 1)
	if err != nil {
		return err
	}
	return c.open()
}
