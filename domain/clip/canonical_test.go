package clip

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
)

var (
	tiktokPost    = Ref{Platform: TikTok, ExternalID: "7312345678901234567", URL: "https://www.tiktok.com/@_/video/7312345678901234567"}
	instagramPost = Ref{Platform: Instagram, ExternalID: "C1a-b_D2e3F", URL: "https://www.instagram.com/p/C1a-b_D2e3F/"}
	youtubePost   = Ref{Platform: YouTube, ExternalID: "dQw4w9WgXcQ", URL: "https://www.youtube.com/watch?v=dQw4w9WgXcQ"}
	xPost         = Ref{Platform: X, ExternalID: "1790123456789012345", URL: "https://x.com/i/web/status/1790123456789012345"}
)

// addressesOf lists every accepted form. Decorations that apply to all forms are added by
// the test.
var addressesOf = map[Ref][]string{
	tiktokPost: {
		"https://www.tiktok.com/@some.one_1/video/7312345678901234567",
		"https://tiktok.com/@Other/video/7312345678901234567",
		"https://m.tiktok.com/@some.one/video/7312345678901234567",
		"https://www.tiktok.com/@some.one/photo/7312345678901234567",
		"https://www.tiktok.com/@/video/7312345678901234567",
		"https://www.tiktok.com/%40some.one/video/7312345678901234567",
		"https://lite.tiktok.com/@some.one/video/7312345678901234567",
		"https://www.tiktok.com/embed/v2/7312345678901234567",
		"https://www.tiktok.com/embed/7312345678901234567",
		"https://www.tiktok.com/player/v1/7312345678901234567",
		"https://www.tiktok.com/share/video/7312345678901234567",
		"https://www.tiktok.com/v/7312345678901234567.html",
		"https://m.tiktok.com/v/7312345678901234567.html",
	},
	instagramPost: {
		"https://www.instagram.com/reel/C1a-b_D2e3F",
		"https://instagram.com/reels/C1a-b_D2e3F",
		"https://www.instagram.com/p/C1a-b_D2e3F",
		"https://m.instagram.com/tv/C1a-b_D2e3F",
		"https://www.instagram.com/some.one/reel/C1a-b_D2e3F",
		"https://www.instagram.com/some_one/p/C1a-b_D2e3F",
		"https://instagr.am/p/C1a-b_D2e3F",
		"https://www.instagram.com/p/C1a-b_D2e3F/embed",
		"https://www.instagram.com/reel/C1a-b_D2e3F/embed/captioned",
		"https://www.instagram.com/some.one/p/C1a-b_D2e3F/embed",
		"https://www.instagram.com/p/C1a-b_D2e3F/c/17890000000000000",
		"https://www.instagram.com/p/C1a-b_D2e3F/c/17890000000000000/r/17890000000000001",
		"https://www.instagram.com/p/C1a-b_D2e3F/liked_by",
	},
	youtubePost: {
		"https://www.youtube.com/watch?v=dQw4w9WgXcQ",
		"https://youtube.com/watch/?app=desktop&v=dQw4w9WgXcQ&t=42s",
		"https://www.youtube.com/watch?v=dQw4w9WgXcQ&v=dQw4w9WgXcQ",
		"https://m.youtube.com/watch?list=PL1&v=dQw4w9WgXcQ",
		"https://music.youtube.com/watch?v=dQw4w9WgXcQ",
		"https://www.youtube.com/shorts/dQw4w9WgXcQ",
		"https://m.youtube.com/shorts/dQw4w9WgXcQ",
		"https://www.youtube.com/live/dQw4w9WgXcQ",
		"https://www.youtube.com/embed/dQw4w9WgXcQ",
		"https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
		"https://youtube-nocookie.com/embed/dQw4w9WgXcQ?start=10",
		"https://www.youtube.com/v/dQw4w9WgXcQ",
		"https://www.youtube.com/watch/dQw4w9WgXcQ",
		"https://www.youtube.com/shorts/dQw4w9WgXcQ?feature=share",
		"https://studio.youtube.com/video/dQw4w9WgXcQ/monetization",
		"https://youtu.be/dQw4w9WgXcQ",
		"https://studio.youtube.com/video/dQw4w9WgXcQ/edit",
		"https://studio.youtube.com/video/dQw4w9WgXcQ/analytics/tab-overview/period-default",
	},
	xPost: {
		"https://x.com/some_one/status/1790123456789012345",
		"https://www.x.com/some_one/status/1790123456789012345",
		"https://mobile.x.com/some_one/status/1790123456789012345",
		"https://twitter.com/some_one/status/1790123456789012345",
		"https://www.twitter.com/some_one/statuses/1790123456789012345",
		"https://mobile.twitter.com/some_one/status/1790123456789012345",
		"https://x.com/i/web/status/1790123456789012345",
		"https://x.com/i/status/1790123456789012345",
		"https://x.com/some_one/status/1790123456789012345/photo/1",
		"https://twitter.com/some_one/status/1790123456789012345/video/2",
		"https://x.com/some_one/status/1790123456789012345/analytics",
		"https://x.com/some_one/status/1790123456789012345/likes",
		"https://x.com/some_one/status/1790123456789012345/quotes",
		"https://x.com/some_one/status/1790123456789012345/mediaViewer",
		"https://twitter.com/statuses/1790123456789012345",
		"https://m.twitter.com/some_one/status/1790123456789012345",
	},
}

func TestCanonicalizeFindsOnePostBehindEveryAddress(t *testing.T) {
	t.Parallel()

	decorations := map[string]func(address *url.URL){
		"as it is":                   func(*url.URL) {},
		"without encryption":         func(a *url.URL) { a.Scheme = "http" },
		"with the scheme in capital": func(a *url.URL) { a.Scheme = "HTTPS" },
		"with the host in capitals":  func(a *url.URL) { a.Host = strings.ToUpper(a.Host) },
		"with a trailing slash": func(a *url.URL) {
			*a = *mustParse(strings.Replace(a.String(), a.EscapedPath(), a.EscapedPath()+"/", 1))
		},
		"with a dot after the host": func(a *url.URL) { a.Host += "." },
		"with the port of https":    func(a *url.URL) { a.Host += ":443" },
		"with the port of http":     func(a *url.URL) { a.Host += ":80" },
		"with a fragment":           func(a *url.URL) { a.Fragment = "comments" },
		"with tracking parameters": func(a *url.URL) {
			a.RawQuery = strings.TrimPrefix(a.RawQuery+"&igsh=abc&si=x&utm_source=y&is_from_webapp=1&s=20", "&")
		},
	}

	for want, addresses := range addressesOf {
		for _, plain := range addresses {
			for decoration, decorate := range decorations {
				t.Run(plain+" "+decoration, func(t *testing.T) {
					t.Parallel()
					address := mustParse(plain)
					decorate(address)

					got, err := Canonicalize(address.String())

					require.NoError(t, err, address)
					require.Equal(t, want, got, address)
				})
			}
		}
		t.Run("the canonical address of "+want.URL+" is its own", func(t *testing.T) {
			t.Parallel()

			got, err := Canonicalize(want.URL)

			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestCanonicalizeMarksShortLinks(t *testing.T) {
	t.Parallel()

	for address, want := range map[string]Ref{
		"https://vm.tiktok.com/ZMabc123":             {Platform: TikTok, URL: "https://vm.tiktok.com/ZMabc123/", ShortLink: true},
		"http://VT.tiktok.com:80/ZSabc123/?k=1":      {Platform: TikTok, URL: "https://vt.tiktok.com/ZSabc123/", ShortLink: true},
		"https://tiktok.com/t/ZTabc123":              {Platform: TikTok, URL: "https://www.tiktok.com/t/ZTabc123/", ShortLink: true},
		"https://lite.tiktok.com/t/ZTabc123/":        {Platform: TikTok, URL: "https://www.tiktok.com/t/ZTabc123/", ShortLink: true},
		"https://www.tiktok.com/t/ZTabc123/":         {Platform: TikTok, URL: "https://www.tiktok.com/t/ZTabc123/", ShortLink: true},
		"https://www.instagram.com/share/reel/BAabc": {Platform: Instagram, URL: "https://www.instagram.com/share/reel/BAabc/", ShortLink: true},
		"https://instagram.com/share/BAabc12":        {Platform: Instagram, URL: "https://www.instagram.com/share/BAabc12/", ShortLink: true},
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()

			got, err := Canonicalize(address)
			require.NoError(t, err)
			again, err := Canonicalize(got.URL)
			require.NoError(t, err)

			require.Equal(t, want, got)
			require.Equal(t, want, again)
		})
	}
}

func TestCanonicalizeRefuses(t *testing.T) {
	t.Parallel()

	for code, addresses := range map[string][]string{
		"malformed_url": {
			"", "   ", "hello", "www.tiktok.com/@u/video/7312345678901234567", "//youtu.be/dQw4w9WgXcQ",
			"ftp://youtu.be/dQw4w9WgXcQ", "javascript:alert(1)", "file:///etc/passwd", "https://", "https:///watch",
			"https://user@youtu.be/dQw4w9WgXcQ", "https://user:secret@youtu.be/dQw4w9WgXcQ",
			"https://youtu.be@127.0.0.1/dQw4w9WgXcQ",
			"https://youtu.be:8443/dQw4w9WgXcQ", "https://youtu.be:22/dQw4w9WgXcQ", "https://youtu.be:x/dQw4w9WgXcQ",
			"https://youtu.be/dQw4w9\nWgXcQ", "https://youtu.be/dQw4w9WgXcQ\n", "https://youtu.be/dQw4w9WgXcQ\x00",
			"https://youtu.be/dQw4w9WgXcQ\xff", "https://youtu.be/dQw4w9WgXcQ\u0085", "https://youtu.be/%zz",
			"https://youtu.be\\@example.com/dQw4w9WgXcQ",
			"https://youtu.be/dQw4w9WgXcQ?" + strings.Repeat("a", URLLengthMax),
		},
		"unknown_platform": {
			"https://example.com/watch?v=dQw4w9WgXcQ", "https://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest",
			"https://youtube.com.example.com/watch?v=dQw4w9WgXcQ", "https://notyoutube.com/watch?v=dQw4w9WgXcQ",
			"https://evil.tiktok.com/@u/video/7312345678901234567", "https://tiktok.com../@u/video/7312345678901234567",
			"https://ｙoutube.com/watch?v=dQw4w9WgXcQ", "https://localhost/", "https://fxtwitter.com/u/status/1790123456789012345",
			"https://vxtwitter.com/u/status/1790123456789012345", "https://fixupx.com/u/status/1790123456789012345", "https://ddinstagram.com/p/C1a-b_D2e3F",
			"https://www.vxtiktok.com/@u/video/7312345678901234567",
		},
		"wrapped_link": {
			"https://t.co/AbCdEf1234", "https://T.CO./AbCdEf1234", "https://l.instagram.com/?u=https%3A%2F%2Fyoutu.be%2FdQw4w9WgXcQ&e=x", "https://bit.ly/abc",
		},
		"unsupported_clip_url": {
			"https://www.tiktok.com/", "https://www.tiktok.com/@some.one", "https://www.tiktok.com/@some.one/live",
			"https://www.tiktok.com/@some.one/video/", "https://www.tiktok.com/@some.one/video/abc",
			"https://www.tiktok.com/@some.one/video/0123", "https://www.tiktok.com/@some.one/video/123456789012345678901",
			"https://www.tiktok.com/@some.one/video/7312345678901234567/more", "https://www.tiktok.com/music/x-7312345678901234567",
			"https://www.tiktok.com/@some.one%2Fvideo/7312345678901234567", "https://vm.tiktok.com/", "https://vm.tiktok.com/a/b",
			"https://www.tiktok.com/@u/../@v/video/7312345678901234567", "https://www.tiktok.com/@some.one/VIDEO/7312345678901234567",
			"https://www.tiktok.com/@some.one/video/７３１２３４５６７８９０１２３４５６７",
			"https://www.instagram.com/some.one", "https://www.instagram.com/stories/some.one/7312345678901234567",
			"https://www.instagram.com/p/abc", "https://www.instagram.com/p/C1a-b_D2e3FabcdeC1a-b_D2e3FabcdeC1a-b_D",
			"https://www.instagram.com/p/C1a!b_D2e3F", "https://www.instagram.com/reels/audio/123456789", "https://www.instagram.com/reels/audio/", "https://www.instagram.com/reel/create",
			"https://www.instagram.com/reels/trending/", "https://www.instagram.com/some.one/reel/audio", "https://www.instagram.com/p/reel/C1a-b_D2e3F",
			"https://www.instagram.com/explore/p/C1a-b_D2e3F", "https://www.instagram.com/share/reel/", "https://www.instagram.com/share/reels/BAabcde",
			"https://www.youtube.com/", "https://www.youtube.com/watch", "https://www.youtube.com/watch?v=", "https://www.youtube.com/watch?v=short",
			"https://www.youtube.com/watch?v=dQw4w9WgXcQQ", "https://www.youtube.com/watch?v=dQw4w9WgXc!", "https://www.youtube.com/watch?v=dQw4w9WgXcQ&v=dQw4w9WgXcR",
			"https://www.youtube.com/embed/videoseries?list=PL1", "https://www.youtube.com/embed/live_stream?channel=UC1",
			"https://www.youtube.com/playlist?list=PL1", "https://www.youtube.com/@handle", "https://www.youtube.com/redirect?q=https://example.com",
			"https://youtu.be/", "https://youtu.be/a/dQw4w9WgXcQ", "https://www.youtube.com/shorts/dQw4w9WgXcQ/x",
			"https://x.com/some_one", "https://x.com/some_one/status/", "https://x.com/some_one/status/12a", "https://x.com/some_one/status/00",
			"https://x.com/a_name_that_is_too_long/status/1790123456789012345", "https://x.com/i/spaces/1790123456789012345",
			"https://x.com/intent/post?url=https://x.com/u/status/1790123456789012345", "https://x.com/some_one/status/1790123456789012345/photo/x",
			"https://x.com/status/1790123456789012345", "https://x.com/some_one/article/1790123456789012345", "https://www.tiktok.com/video/7312345678901234567",
			"https://www.instagram.com/reel/audio/123456789", "https://www.youtube.com/clip/UgkxAbcdefghijklmnop", "https://www.youtube.com/post/UgkxAbcdefghijklmnop",
		},
	} {
		for _, address := range addresses {
			t.Run(code+" "+address[:min(80, len(address))], func(t *testing.T) {
				t.Parallel()

				ref, err := Canonicalize(address)

				require.Equal(t, code, fault.CodeOf(err), "%q gave %+v", address, ref)
				require.True(t, fault.Is(err, fault.Invalid))
				require.Zero(t, ref)
			})
		}
	}

	t.Run("says which forms are accepted and repeats nothing of the address", func(t *testing.T) {
		t.Parallel()

		_, err := Canonicalize("https://www.tiktok.com/@jane.doe")

		require.ErrorContains(t, err, "/video/")
		require.ErrorContains(t, err, "vm.tiktok.com")
		require.NotContains(t, err.Error(), "jane")
	})
}

func FuzzCanonicalize(f *testing.F) {
	for _, addresses := range addressesOf {
		for _, address := range addresses {
			f.Add(address)
		}
	}
	f.Add("https://vm.tiktok.com/ZMabc123/")
	f.Add("https://www.instagram.com/share/reel/BAabc/")
	f.Add("https://user@youtu.be:443/%2f..//dQw4w9WgXcQ?v=%00#x")

	canonicalHosts := map[string]bool{
		"www.tiktok.com": true, "vm.tiktok.com": true, "vt.tiktok.com": true,
		"www.instagram.com": true, "www.youtube.com": true, "x.com": true,
	}
	f.Fuzz(func(t *testing.T, rawURL string) {
		ref, err := Canonicalize(rawURL)
		if err != nil {
			require.True(t, fault.Is(err, fault.Invalid))
			require.Zero(t, ref)
			return
		}

		again, err := Canonicalize(ref.URL)
		require.NoError(t, err)
		require.Equal(t, ref, again)
		require.True(t, canonicalHosts[mustParse(ref.URL).Host], ref.URL)
		require.Equal(t, !ref.ShortLink, ValidExternalID(ref.Platform, ref.ExternalID))
	})
}

func mustParse(address string) *url.URL {
	parsed, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return parsed
}
