package stripe

import (
	"strconv"
	"strings"
)

func isIndividual(path string) bool { return strings.HasPrefix(path, "individual.") }

// numericLeaves are text in the form and numbers in the answer.
var numericLeaves = map[string]bool{"day": true, "month": true, "year": true, "date": true}

// secretLeaves are not in answers; answers only say that they were provided.
var secretLeaves = map[string]bool{"id_number": true, "ssn_last_4": true}

// given rebuilds the nested object that the account gave as one of its parts.
func (a *account) given(part string) object {
	root := object{}
	for path, value := range a.Given {
		inner, ok := strings.CutPrefix(path, part+".")
		if !ok {
			continue
		}
		steps := strings.Split(inner, ".")
		node := root
		for _, step := range steps[:len(steps)-1] {
			child, ok := node[step].(object)
			if !ok {
				child = object{}
				node[step] = child
			}
			node = child
		}
		leaf := steps[len(steps)-1]
		switch {
		case secretLeaves[leaf]:
			node[leaf+"_provided"] = true
		case numericLeaves[leaf]:
			node[leaf] = orNumber(value)
		default:
			node[leaf] = value
		}
	}
	return root
}

func (a *account) settingsView() object {
	return object{"payouts": object{
		"debit_negative_balances": a.Given["settings.payouts.debit_negative_balances"] == "true",
		"schedule":                a.Schedule.view(),
		"statement_descriptor":    nil,
	}}
}

func orNumber(text string) any {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil
	}
	return number
}
