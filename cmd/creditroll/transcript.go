package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/db/journal/transcript"
	"github.com/creditroll/creditroll/domain/fault"
)

func newExport() *cobra.Command {
	var format, output string
	command := &cobra.Command{
		Use: "export", Short: "Write the journal as JSON lines or CSV", Args: cobra.NoArgs,
		Long: "Writes every entry with its postings and the number of its seal, in the order of recording and all from one snapshot, and a last line by which a reader knows that nothing was cut or changed. `ledger import` replays it into empty books.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := transcript.ParseFormat(format)
			if err != nil {
				return err
			}
			return withBooks(cmd, func(store *books.Books) error {
				return toFile(cmd.OutOrStdout(), output, func(out io.Writer) error {
					writer := transcript.NewWriter(chosen, out)
					exported, err := store.Journal.Export(cmd.Context(), writer)
					if err != nil {
						return err
					}
					slog.Info("journal exported", "entries", exported.Entries, "format", chosen)
					return nil
				})
			})
		},
	}
	command.Flags().StringVar(&format, "format", string(transcript.JSONLines), "jsonl or csv")
	command.Flags().StringVar(&output, "output", "", "file to write; standard output if not given")
	return command
}

// toFile writes to a file that gets its name when it is whole, or to standard output.
func toFile(stdout io.Writer, path string, write func(out io.Writer) error) error {
	if path == "" {
		return write(stdout)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".export-*")
	if err != nil {
		return unwritable(path, err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	if err := errors.Join(write(file), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return unwritable(path, err)
	}
	return nil
}

func unwritable(path string, err error) error {
	return fault.Field("output", "file_not_writable", "%s cannot be written", path).Because(err)
}

func newImport() *cobra.Command {
	var format string
	var asJSON bool
	command := &cobra.Command{
		Use: "import FILE", Short: "Replay an exported journal into empty books", Args: cobra.ExactArgs(1),
		Long: "Replays what `ledger export` wrote into a database that is migrated and has no entries, under the same ids, numbers and times, and seals it anew over the same blocks. A file that was cut or changed is refused and leaves nothing: every entry must be what was asked for, and the last seal that of the books which were exported. DATABASE_URL must log in as the owner of the schema.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if format == "" {
				format = strings.TrimPrefix(filepath.Ext(args[0]), ".")
			}
			chosen, err := transcript.ParseFormat(format)
			if err != nil {
				return err
			}
			s, err := booksSettings()
			if err != nil {
				return err
			}
			file, err := os.Open(args[0])
			if err != nil {
				return fault.New(fault.NotFound, "file_not_found", "%s cannot be read", args[0]).Because(err)
			}
			defer func() { _ = file.Close() }()
			imported, err := journal.Import(cmd.Context(), s.DatabaseURL, transcript.NewReader(chosen, file))
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{"entries": imported.Entries, "postings": imported.Postings, "head": headOf(imported.Head)})
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "replayed %d entries, %d postings; %s\n", imported.Entries, imported.Postings, describeHead(imported.Head))
			return err
		},
	}
	command.Flags().StringVar(&format, "format", "", "jsonl or csv; by the name of the file if not given")
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}
