package clip

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
)

func TestFindPostInPastedText(t *testing.T) {
	t.Parallel()

	short := Ref{Platform: TikTok, URL: "https://vm.tiktok.com/ZMabc123/", ShortLink: true}
	for text, want := range map[string]Ref{
		"www.tiktok.com/@some.one/video/7312345678901234567":                                   tiktokPost,
		"youtu.be/dQw4w9WgXcQ":                                                                 youtubePost,
		"YouTube.com/watch?v=dQw4w9WgXcQ":                                                      youtubePost,
		"//youtu.be/dQw4w9WgXcQ":                                                               youtubePost,
		"  https://youtu.be/dQw4w9WgXcQ \r\n":                                                  youtubePost,
		"https://youtu.be/dQw4w9WgXcQ.":                                                        youtubePost,
		"(https://youtu.be/dQw4w9WgXcQ)":                                                       youtubePost,
		"<https://youtu.be/dQw4w9WgXcQ>,":                                                      youtubePost,
		"\"https://youtu.be/dQw4w9WgXcQ\"!":                                                    youtubePost,
		"„youtu.be/dQw4w9WgXcQ“":                                                               youtubePost,
		"[my video](https://youtu.be/dQw4w9WgXcQ)":                                             youtubePost,
		"\u200bhttps://www.insta\u200dgram.com/p/C1a-b_D2e3F/\u200e":                           instagramPost,
		"\u2066https://x.com/some_one/status/1790123456789012345\u2069":                        xPost,
		"\ufeffhttps://x.com/some_one/status/1790123456789012345":                              xPost,
		"Look at this 🎉 https://www.instagram.com/reel/C1a-b_D2e3F/?igsh=abc== so good":        instagramPost,
		"Mine.It is at instagram.com/reel/C1a-b_D2e3F, have a look":                            instagramPost,
		"Check my clip! https://vm.tiktok.com/ZMabc123/ Get the app: https://www.tiktok.com/x": short,
		"看看这个https://vm.tiktok.com/ZMabc123/，复制此链接":                                            short,
		"見てhttps://vm.tiktok.com/ZMabc123/すごい":                                                 short,
		"https://youtu.be/dQw4w9WgXcQ and again https://www.youtube.com/shorts/dQw4w9WgXcQ":    youtubePost,
		"https://youtu.be/dQw4w9WgXcQ\nhttps://example.com/about-me":                           youtubePost,
		strings.Repeat("a caption ", 300) + "https://youtu.be/dQw4w9WgXcQ":                     youtubePost,
		"https://www.instagram.com/p/C1a-b_D2e3-":                                              {Platform: Instagram, ExternalID: "C1a-b_D2e3-", URL: "https://www.instagram.com/p/C1a-b_D2e3-/"},
	} {
		t.Run(text[:min(80, len(text))], func(t *testing.T) {
			t.Parallel()

			got, err := FindPost(text)

			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestFindPostRefuses(t *testing.T) {
	t.Parallel()

	for code, texts := range map[string][]string{
		"malformed_url": {
			"", " \u200b\n", "hello", "a caption without a link", "https://", "ftp://youtu.be/dQw4w9WgXcQ", "javascript:alert(1)",
			"https://youtu.be/dQw4w9WgXcQ\x00", "https://youtu.be/dQw4w9WgXcQ\xff", "https://user@youtu.be/dQw4w9WgXcQ",
			"jane@youtu.be/dQw4w9WgXcQ", strings.Repeat("a", PastedLengthMax+1),
		},
		"unknown_platform":     {"example.com/watch?v=dQw4w9WgXcQ", "see https://example.com/a and https://example.com/b", "https://ｙoutube.com/watch?v=dQw4w9WgXcQ", "127.0.0.1.nip.io"},
		"unsupported_clip_url": {"my profile www.tiktok.com/@some.one", "https://www.tiktok.com/@some.one/video/731234567890123456７", "https://www.instagram.com/p/C1a-bа_D2e3F"},
		"several_posts":        {"https://youtu.be/dQw4w9WgXcQ https://youtu.be/dQw4w9WgXcR", "https://youtu.be/dQw4w9WgXcQ,https://vm.tiktok.com/ZMabc123/"},
	} {
		for _, text := range texts {
			t.Run(code+" "+text[:min(80, len(text))], func(t *testing.T) {
				t.Parallel()

				ref, err := FindPost(text)

				require.Equal(t, code, fault.CodeOf(err), "%q gave %+v", text, ref)
				require.True(t, fault.Is(err, fault.Invalid))
				require.Zero(t, ref)
			})
		}
	}
}

// Whatever is pasted: no panic, and what is found is found again under its canonical address.
func FuzzFindPost(f *testing.F) {
	for _, addresses := range addressesOf {
		for _, address := range addresses {
			f.Add("see " + address + ", it is mine")
		}
	}
	f.Add("看看这个https://vm.tiktok.com/ZMabc123/，复制此链接")
	f.Add("\u200byoutu.be/dQw4w9WgXcQ\u200e")
	f.Fuzz(func(t *testing.T, text string) {
		ref, err := FindPost(text)
		if err != nil {
			require.True(t, fault.Is(err, fault.Invalid))
			require.Zero(t, ref)
			return
		}
		again, err := FindPost(ref.URL)
		require.NoError(t, err)
		require.Equal(t, ref, again)
	})
}
