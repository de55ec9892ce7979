package stripe

import (
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

// PlatformID is the account whose balance pays the transfers. Requests without a Stripe-Account
// header are for it.
const PlatformID = "acct_platform0000001"

// header has the fields of every object.
type header struct {
	ID       string
	Owner    string // the account the object belongs to
	Created  time.Time
	Metadata map[string]string
	Key      string // the idempotency key of the request that made it
}

func (h *header) head() *header { return h }

// record is an object the simulator keeps.
type record interface {
	head() *header
	view(s *Simulator) object
}

// table keeps the objects of one kind by id and in order of creation.
type table[T record] struct {
	byID  map[string]T
	order []T
}

func newTable[T record]() *table[T] { return &table[T]{byID: map[string]T{}} }

func (t *table[T]) add(item T) {
	t.byID[item.head().ID] = item
	t.order = append(t.order, item)
}

// MarshalJSON writes the objects in order of creation. An empty table is an empty
// list, because null would be read back as a missing table.
func (t *table[T]) MarshalJSON() ([]byte, error) {
	if t.order == nil {
		return []byte("[]"), nil
	}
	return json.Marshal(t.order)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *table[T]) UnmarshalJSON(data []byte) error {
	var order []T
	if err := json.Unmarshal(data, &order); err != nil {
		return err
	}
	t.byID, t.order = make(map[string]T, len(order)), order
	for _, item := range order {
		t.byID[item.head().ID] = item
	}
	return nil
}

// state is the content of a snapshot. Balances are derived from the balance transactions.
type state struct {
	Seed        uint64
	Counter     int64
	Offset      time.Duration
	Tasks       taskHeap
	Accounts    *table[*account]
	Banks       *table[*bankAccount]
	Intents     *table[*paymentIntent]
	Charges     *table[*charge]
	Refunds     *table[*refund]
	Disputes    *table[*dispute]
	Sessions    *table[*verification]
	Transfers   *table[*transfer]
	Reversals   *table[*reversal]
	Payouts     *table[*payout]
	Topups      *table[*topup]
	Reserves    *table[*reserve]
	Movements   *table[*movement]
	Events      *table[*event]
	Idempotency map[string]*savedAnswer
	Rules       rules
	Journal     []faults.Entry

	// Derived from the tables above, rebuilt by reindex.
	balances map[string]map[string]*balance // account -> currency
	banks    map[string][]*bankAccount      // account -> in order of creation
	sweepAt  int                            // the number of saved keys at which a sweep is due
}

// reindex rebuilds what is derived from the tables.
func (st *state) reindex() {
	st.balances = map[string]map[string]*balance{}
	for _, m := range st.Movements.order {
		st.book(m)
	}
	st.banks = map[string][]*bankAccount{}
	for _, bank := range st.Banks.order {
		st.banks[bank.Owner] = append(st.banks[bank.Owner], bank)
	}
	st.sweepAt = sweepFrom
}

func (s *Simulator) freshState() *state {
	seed := s.opts.Seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	st := &state{
		Seed:        seed,
		Accounts:    newTable[*account](),
		Banks:       newTable[*bankAccount](),
		Intents:     newTable[*paymentIntent](),
		Charges:     newTable[*charge](),
		Refunds:     newTable[*refund](),
		Disputes:    newTable[*dispute](),
		Sessions:    newTable[*verification](),
		Transfers:   newTable[*transfer](),
		Reversals:   newTable[*reversal](),
		Payouts:     newTable[*payout](),
		Topups:      newTable[*topup](),
		Reserves:    newTable[*reserve](),
		Movements:   newTable[*movement](),
		Events:      newTable[*event](),
		Idempotency: map[string]*savedAnswer{},
		Rules:       s.opts.rules(),
	}
	now := s.clock.now()
	st.Accounts.add(newPlatform(now, s.opts.PlatformSchedule))
	for _, currency := range s.opts.platformCurrencies() {
		st.Banks.add(newPlatformBank(now, currency))
	}
	st.reindex()
	st.scheduleSweep(now)
	st.scheduleMonth(now)
	return st
}

// newID returns an id that is unique in the state and repeatable with the same seed.
func (s *Simulator) newID(prefix string) string {
	s.st.Counter++
	var seeded [16]byte
	binary.BigEndian.PutUint64(seeded[:8], s.st.Seed)
	binary.BigEndian.PutUint64(seeded[8:], uint64(s.st.Counter))
	hash := fnv.New64a()
	_, _ = hash.Write(seeded[:])
	return prefix + "_1Sim" + strconv.FormatUint(hash.Sum64(), 36) + strconv.FormatInt(s.st.Counter, 36)
}

// newHeader starts an object of the account, with the metadata and key of the current request.
func (s *Simulator) newHeader(prefix, owner string) header {
	h := header{ID: s.newID(prefix), Owner: owner, Created: s.now(), Metadata: map[string]string{}}
	if s.current != nil {
		h.Key = s.current.idempotencyKey
	}
	return h
}

// lookup finds any object by id, for expansion.
func (s *Simulator) lookup(id string) (record, bool) {
	finders := []func(string) (record, bool){
		finder(s.st.Accounts), finder(s.st.Banks), finder(s.st.Intents), finder(s.st.Charges),
		finder(s.st.Refunds), finder(s.st.Disputes), finder(s.st.Transfers), finder(s.st.Reversals),
		finder(s.st.Payouts), finder(s.st.Movements), finder(s.st.Sessions), finder(s.st.Topups), finder(s.st.Reserves),
	}
	for _, find := range finders {
		if found, ok := find(id); ok {
			return found, true
		}
	}
	return nil, false
}

func finder[T record](t *table[T]) func(string) (record, bool) {
	return func(id string) (record, bool) {
		item, ok := t.byID[id]
		return item, ok
	}
}

// effect writes a journal line about an object, in the same critical section as its change.
func (s *Simulator) effect(kind string, about record, amountMinor int64, currency, account string) {
	s.dirty = true
	h := about.head()
	s.journal.Append(faults.Entry{
		Kind: kind, ObjectID: h.ID, AmountMinor: amountMinor, Currency: currency, Account: account,
		Metadata: copyMetadata(h.Metadata), IdempotencyKey: h.Key,
	})
}
