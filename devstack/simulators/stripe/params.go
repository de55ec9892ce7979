package stripe

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxMetadataKeys       = 50
	maxMetadataKeyChars   = 40
	maxMetadataValueChars = 500
	maxExpandDepth        = 4
)

// params are form fields with Stripe's bracket keys: metadata[run], expand[], created[gte].
type params url.Values

func (p params) has(name string) bool {
	_, ok := p[name]
	return ok
}

func (p params) text(name string) string { return url.Values(p).Get(name) }

// list reads name[]=a or name[0]=a, in order.
func (p params) list(name string) []string {
	if values, ok := p[name+"[]"]; ok {
		return values
	}
	var values []string
	for i := 0; p.has(name + "[" + strconv.Itoa(i) + "]"); i++ {
		values = append(values, p.text(name+"["+strconv.Itoa(i)+"]"))
	}
	return values
}

// fields reads name[key]=value one level deep.
func (p params) fields(name string) map[string]string {
	found := map[string]string{}
	for key, values := range p {
		inner, ok := strings.CutPrefix(key, name+"[")
		inner, closed := strings.CutSuffix(inner, "]")
		if ok && closed && !strings.Contains(inner, "[") {
			found[inner] = values[len(values)-1]
		}
	}
	return found
}

// leaves flattens all fields below name into dotted paths: individual[dob][day] is "dob.day".
func (p params) leaves(name string) map[string]string {
	found := map[string]string{}
	for key, values := range p {
		if inner, ok := strings.CutPrefix(key, name+"["); ok {
			path := strings.ReplaceAll(strings.TrimSuffix(inner, "]"), "][", ".")
			found[path] = values[len(values)-1]
		}
	}
	return found
}

// flag reads "true" or "false".
func (p params) flag(name string) (bool, *apiError) {
	switch p.text(name) {
	case "true":
		return true, nil
	case "false", "":
		return false, nil
	default:
		return false, invalid("", name, "Invalid boolean: %s", p.text(name))
	}
}

// required fails if the field is missing or empty.
func (p params) required(name string) (string, *apiError) {
	if !p.has(name) {
		return "", invalid("parameter_missing", name, "Missing required param: %s.", name)
	}
	if p.text(name) == "" {
		return "", invalid("parameter_invalid_empty", name, "You passed an empty string for '%s'. We assume empty values are an attempt to unset a parameter; however '%s' cannot be unset.", name, name)
	}
	return p.text(name), nil
}

// amount reads a required positive number of minor units.
func (p params) amount(name string) (int64, *apiError) {
	text, missing := p.required(name)
	if missing != nil {
		return 0, missing
	}
	amount, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, invalid("parameter_invalid_integer", name, "Invalid integer: %s", text)
	}
	if amount < 1 {
		return 0, invalid("parameter_invalid_integer", name, "This value must be greater than or equal to 1.")
	}
	if amount > maxAmountMinor {
		return 0, invalid("amount_too_large", name, "Amount must be no more than %d.", int64(maxAmountMinor))
	}
	return amount, nil
}

// currency reads a required code that Stripe settles.
func (p params) currency() (string, *apiError) {
	text, missing := p.required("currency")
	if missing != nil {
		return "", missing
	}
	code := strings.ToLower(text)
	if !slices.Contains(currencies, code) {
		return "", invalid("", "currency", "Invalid currency: %s. Stripe currently supports these currencies: %s", code, strings.Join(currencies, ", "))
	}
	return code, nil
}

// changeMetadata applies metadata[k]=v to the present metadata. An empty value removes
// its key, and an empty metadata removes all.
func (p params) changeMetadata(was map[string]string) (map[string]string, *apiError) {
	now := copyMetadata(was)
	if p.has("metadata") && p.text("metadata") == "" {
		now = map[string]string{}
	}
	for key, value := range p.fields("metadata") {
		switch {
		case len([]rune(key)) > maxMetadataKeyChars:
			return nil, invalid("", "metadata", "Metadata keys must be %d characters or fewer: '%s'", maxMetadataKeyChars, key)
		case len([]rune(value)) > maxMetadataValueChars:
			return nil, invalid("", "metadata["+key+"]", "Metadata values can have up to %d characters, but you passed in a value that is %d characters.", maxMetadataValueChars, len([]rune(value)))
		case value == "":
			delete(now, key)
		default:
			now[key] = value
		}
	}
	if len(now) > maxMetadataKeys {
		return nil, invalid("", "metadata", "You can have at most %d metadata keys, but this request would result in %d.", maxMetadataKeys, len(now))
	}
	return now, nil
}

// timeIn reads created=t or created[gte|gt|lte|lt]=t, or another name, as a filter.
func (p params) timeIn(param string) (func(time.Time) bool, *apiError) {
	bounds := p.fields(param)
	if p.has(param) {
		bounds["gte"], bounds["lte"] = p.text(param), p.text(param)
	}
	limits := map[string]int64{}
	for name, text := range bounds {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || !slices.Contains([]string{"gte", "gt", "lte", "lt"}, name) {
			return nil, invalid("", param, "Invalid %s filter: %s=%s", param, name, text)
		}
		limits[name] = seconds
	}
	return func(moment time.Time) bool {
		at := moment.Unix()
		for name, limit := range limits {
			if name == "gte" && at < limit || name == "gt" && at <= limit || name == "lte" && at > limit || name == "lt" && at >= limit {
				return false
			}
		}
		return true
	}, nil
}

// onlyKnown refuses the first parameter that the endpoint does not accept.
func (p params) onlyKnown(known []string) *apiError {
	names := make([]string, 0, len(p))
	for key := range p {
		names = append(names, key)
	}
	slices.Sort(names)
	for _, key := range names {
		top, _, _ := strings.Cut(key, "[")
		if top != "expand" && !slices.Contains(known, top) {
			return invalid("parameter_unknown", key, "Received unknown parameter: %s", key)
		}
	}
	return nil
}

func copyMetadata(metadata map[string]string) map[string]string {
	copied := make(map[string]string, len(metadata))
	for key, value := range metadata {
		copied[key] = value
	}
	return copied
}
