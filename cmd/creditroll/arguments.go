package main

import (
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/domain/fault"
)

// group is a command that does nothing but have others. A word that names none of them is
// refused: a script that mistypes one must not take the help for success.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	command := &cobra.Command{
		Use: use, Short: short,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return unknownCommand(cmd, args[0])
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(commands...)
	return command
}

func unknownCommand(cmd *cobra.Command, word string) error {
	names := cmd.SuggestionsFor(word)
	if len(names) == 0 {
		for _, each := range cmd.Commands() {
			if each.IsAvailableCommand() {
				names = append(names, each.Name())
			}
		}
	}
	return fault.New(fault.Invalid, "unknown_command", "`%s` has no command %.40q: use %s", cmd.CommandPath(), word, strings.Join(names, ", "))
}

// refuseInFaults makes faults of what cobra has to say about arguments and flags, with the line
// that shows how the command is called.
func refuseInFaults(command *cobra.Command) {
	command.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return misused(cmd, "malformed_flag", err) })
	for _, each := range command.Commands() {
		refuseInFaults(each)
	}
	check := command.Args
	if check == nil {
		return
	}
	command.Args = func(cmd *cobra.Command, args []string) error {
		return misused(cmd, "wrong_arguments", check(cmd, args))
	}
}

func misused(cmd *cobra.Command, code string, err error) error {
	if _, ok := fault.As(err); ok || err == nil {
		return err
	}
	return fault.New(fault.Invalid, code, "%s: use `%s`", err, cmd.UseLine())
}

// parseID reads an id from an argument. It returns fault.Invalid "malformed_id", which says
// whose id it should be.
func parseID(of, argument string) (string, error) {
	id, err := uuid.Parse(argument)
	if err != nil {
		return "", fault.Field("id", "malformed_id", "%.60q is no id of a %s: use one such as 0190f5c2-7d3a-7000-8000-000000000000", argument, of)
	}
	return id.String(), nil
}
