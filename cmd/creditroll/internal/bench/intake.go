package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/google/uuid"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/rail"
)

const (
	intakeCallers   = 32
	intakePerSecond = 500
)

// instantEngine accepts every signal at once, so that only the intake is measured: the request,
// the row, and the row's end after its delivery.
type instantEngine struct{ api.Engine }

func (instantEngine) Notify(context.Context, rail.Notice) (rail.Delivery, error) {
	return rail.Signalled, nil
}

// measureIntake compares receiving signed webhooks with a handler that inserts the body and does
// nothing else. Then it sends webhooks at a fixed rate.
func measureIntake(ctx context.Context, store *books.Books, p plan, progress func(string), result *Result) error {
	ours, stopOurs, err := serveAPI(ctx, store, instantEngine{})
	if err != nil {
		return err
	}
	defer stopOurs()
	bare, stopBare, err := serveBareIntake(ctx, store)
	if err != nil {
		return err
	}
	defer stopBare()
	events := newSender(intakeCallers)
	defer events.close()
	sendTo := func(address string) func(context.Context, int) (int, error) {
		return func(ctx context.Context, _ int) (int, error) {
			return 1, events.send(ctx, address, "evt_"+uuid.NewString(), uuid.NewString())
		}
	}

	var received, inserted []float64
	for turn := range p.intakeRounds {
		handler, err := drainedRate(ctx, intakeCallers, p.intakeSlice, sendTo(ours))
		if err != nil {
			return fmt.Errorf("receive webhooks: %w", err)
		}
		baseline, err := drainedRate(ctx, intakeCallers, p.intakeSlice, sendTo(bare))
		if err != nil {
			return fmt.Errorf("insert webhooks: %w", err)
		}
		progress(fmt.Sprintf("round %d of %d: %.0f webhooks/s, %.0f bare inserts/s", turn+1, p.intakeRounds, handler, baseline))
		received, inserted = append(received, handler), append(inserted, baseline)
	}
	result.WebhooksPerSecond, result.BareInsertsPerSecond, result.WebhooksVsBareInsert = median(received), median(inserted), ratio(received, inserted)
	result.Spreads["webhooks_per_s"], result.Spreads["bare_webhook_inserts_per_s"] = spreadOf(received), spreadOf(inserted)

	tookMs, err := pace(ctx, intakePerSecond, p.pacedFor, func(ctx context.Context, _ int) error {
		return failed(sendTo(ours)(ctx, 0))
	})
	if err != nil {
		return err
	}
	result.WebhookP99Ms = round(percentile99(tookMs))
	return nil
}

// serveBareIntake inserts each body under its id, and checks nothing.
func serveBareIntake(ctx context.Context, store *books.Books) (address string, stop func(), err error) {
	if err := asOwner(ctx, store, "CREATE TABLE bare_inbox (event_id text PRIMARY KEY, event_type text NOT NULL, payload bytea NOT NULL); GRANT INSERT ON bare_inbox TO PUBLIC"); err != nil {
		return "", nil, err
	}
	return serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var event struct{ ID, Type string }
		if err == nil {
			err = json.Unmarshal(body, &event)
		}
		if err == nil {
			_, err = store.DB.Pool.Exec(r.Context(), "INSERT INTO bare_inbox (event_id, event_type, payload) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", event.ID, event.Type, body)
		}
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
}

// asOwner runs statements that the role of the store is not allowed to run.
func asOwner(ctx context.Context, store *books.Books, statements string) error {
	_, err := store.DB.Pool.Exec(ctx, "RESET ROLE; "+statements+"; SET ROLE "+db.AppRole)
	return err
}
