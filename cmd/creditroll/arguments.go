package main

import (
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/domain/fault"
)

// group is a command that only has subcommands. It refuses an unknown subcommand. Otherwise a
// script with a typing error would get the help text and exit code 0.
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
	return fault.New(fault.Invalid, "unknown_command", "`%s` has no command %.40q: use one of %s", cmd.CommandPath(), word, strings.Join(names, ", "))
}

// usageFaults turns cobra's errors about arguments and flags into faults that show the usage
// line of the command.
func usageFaults(command *cobra.Command) {
	command.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usageFault(cmd, "malformed_flag", err) })
	for _, each := range command.Commands() {
		usageFaults(each)
	}
	check := command.Args
	if check == nil {
		return
	}
	command.Args = func(cmd *cobra.Command, args []string) error {
		return usageFault(cmd, "wrong_arguments", check(cmd, args))
	}
}

func usageFault(cmd *cobra.Command, code string, err error) error {
	if _, ok := fault.As(err); ok || err == nil {
		return err
	}
	return fault.New(fault.Invalid, code, "%s: use `%s`", err, cmd.UseLine())
}

// parseID reads an id from an argument. It returns fault.Invalid "malformed_id", which names
// the object that the id should belong to.
func parseID(of, argument string) (string, error) {
	id, err := uuid.Parse(argument)
	if err != nil {
		return "", fault.Field("id", "malformed_id", "%.60q is not the id of a %s: use a UUID such as 0190f5c2-7d3a-7000-8000-000000000000", argument, of)
	}
	return id.String(), nil
}
