#include "node/http/StaticFiles.h"

#include <Poco/Exception.h>
#include <Poco/InflatingStream.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "tests/support/TempFolder.h"

using namespace gimlet;
using http::Response;
using http::StaticFiles;

namespace
{

class HttpStaticFiles : public testing::Test
{
protected:
	HttpStaticFiles()
	{
		_folder.write("site/index.html", "<!DOCTYPE html>");
		_folder.write("site/main.js", LONG);
		_folder.write("site/sub/index.html", "sub");
		_folder.write("site/.hidden", "secret");
		_folder.write("outside.txt", "secret");
	}

	StaticFiles files()
	{
		return StaticFiles{_folder.path() + "/site"};
	}

	static Response serve(StaticFiles& files, const std::vector<std::string>& segments,
		bool trailingSlash = false, bool gzip = false, const std::string& ifNoneMatch = {})
	{
		std::string path;
		for (const auto& segment : segments)
			path += "/" + segment;
		return files.serve({segments, path, trailingSlash, gzip, ifNoneMatch});
	}

	static std::string unzipped(std::string_view bytes)
	{
		std::istringstream in{std::string{bytes}};
		Poco::InflatingInputStream stream(in, Poco::InflatingStreamBuf::STREAM_GZIP);
		return {std::istreambuf_iterator<char>{stream}, {}};
	}

	inline static const std::string LONG = std::string(2000, 'a') + "end";
	test::TempFolder _folder;
};

}

TEST_F(HttpStaticFiles, AreServedWithTheirTypes)
{
	auto site = files();
	const auto index = serve(site, {}, true);
	EXPECT_EQ(index.reply.status, 200);
	EXPECT_EQ(index.body(), "<!DOCTYPE html>");
	EXPECT_EQ(index.reply.contentType, "text/html; charset=utf-8");
	EXPECT_EQ(serve(site, {"main.js"}).reply.contentType, "text/javascript; charset=utf-8");
	EXPECT_EQ(serve(site, {"main.js"}).body(), LONG);
	EXPECT_EQ(serve(site, {"sub"}, true).body(), "sub");
	const std::vector<std::pair<std::string, std::string>> types = {{"a.css", "text/css; charset=utf-8"},
		{"a.svg", "image/svg+xml"}, {"a.JSON", "application/json"},
		{"a.webmanifest", "application/manifest+json"}, {"a.woff2", "font/woff2"},
		{"a.mjs", "text/javascript; charset=utf-8"}, {"a.png", "image/png"},
		{"a.what", "application/octet-stream"}, {"a", "application/octet-stream"}};
	for (const auto& [name, type] : types)
	{
		_folder.write("site/" + name, "x");
		EXPECT_EQ(serve(site, {name}).reply.contentType, type) << name;
	}
}

TEST_F(HttpStaticFiles, AFolderWithoutItsSlashIsRedirected)
{
	auto site = files();
	const auto response = site.serve({{"sub"}, "/pre%20fix/sub", false, false, {}});
	EXPECT_EQ(response.reply.status, 301);
	EXPECT_EQ(response.reply.headers.at("Location"), "/pre%20fix/sub/");
	EXPECT_EQ(serve(site, {"main.js"}, true).reply.status, 404);
}

TEST_F(HttpStaticFiles, ThereIsNoWayOut)
{
	std::filesystem::create_symlink("../outside.txt", _folder.path() + "/site/link.txt");
	std::filesystem::create_directory_symlink("..", _folder.path() + "/site/up");
	std::filesystem::create_symlink("main.js", _folder.path() + "/site/inside.js");
	::mkfifo((_folder.path() + "/site/fifo").c_str(), 0600);
	std::filesystem::create_directory(_folder.path() + "/site/empty");
	auto site = files();
	const std::vector<std::vector<std::string>> paths = {{"..", "outside.txt"},
		{"sub", "..", "..", "outside.txt"}, {"link.txt"}, {"up", "outside.txt"}, {"inside.js"}, {".hidden"},
		{"."}, {""}, {"sub/../../outside.txt"}, {"/etc/passwd"}, {std::string{"main.js\0.png", 12}}, {"fifo"},
		{"main.js", "x"}, {"missing"}, {std::string(300, 'a')}};
	for (const auto& path : paths)
		EXPECT_EQ(serve(site, path).reply.status, 404) << path.front();
	EXPECT_EQ(serve(site, {"empty"}, true).reply.status, 404);
}

TEST_F(HttpStaticFiles, AreCompressedWhereThatIsAskedForAndHelps)
{
	auto site = files();
	const auto zipped = serve(site, {"main.js"}, false, true);
	EXPECT_EQ(zipped.reply.headers.at("Content-Encoding"), "gzip");
	EXPECT_EQ(zipped.reply.headers.at("Vary"), "Accept-Encoding");
	EXPECT_LT(zipped.body().size(), LONG.size() / 10);
	EXPECT_EQ(unzipped(zipped.body()), LONG);
	EXPECT_FALSE(serve(site, {"main.js"}).reply.headers.contains("Content-Encoding"));
	EXPECT_EQ(serve(site, {"main.js"}).reply.headers.at("Vary"), "Accept-Encoding");
	EXPECT_FALSE(serve(site, {}, true, true).reply.headers.contains("Content-Encoding")) << "too short";
	_folder.write("site/a.png", LONG);
	EXPECT_FALSE(serve(site, {"a.png"}, false, true).reply.headers.contains("Content-Encoding"));
}

TEST_F(HttpStaticFiles, AreNotSentAgainToWhomHasThem)
{
	auto site = files();
	const auto plain = serve(site, {"main.js"}).reply.headers.at("ETag");
	const auto zipped = serve(site, {"main.js"}, false, true).reply.headers.at("ETag");
	EXPECT_NE(plain, zipped) << "a strong tag belongs to its bytes";
	EXPECT_EQ(plain.front(), '"');
	const auto again = serve(site, {"main.js"}, false, false, "\"other\", " + plain);
	EXPECT_EQ(again.reply.status, 304);
	EXPECT_EQ(again.body(), "");
	EXPECT_EQ(again.reply.headers.at("ETag"), plain);
	EXPECT_EQ(again.reply.headers.at("Cache-Control"), "no-cache");
	EXPECT_EQ(serve(site, {"main.js"}, false, true, zipped).reply.status, 304);
	EXPECT_EQ(serve(site, {"main.js"}, false, true, plain).reply.status, 200);

	_folder.write("site/main.js", LONG + "!");
	EXPECT_EQ(serve(site, {"main.js"}, false, false, plain).body(), LONG + "!");
}

TEST_F(HttpStaticFiles, TheSameSizeInAnotherFileIsSeen)
{
	auto site = files();
	EXPECT_EQ(serve(site, {"main.js"}).body(), LONG);
	const std::string other(LONG.size(), 'b');
	_folder.write("site/new.js", other);
	std::filesystem::rename(_folder.path() + "/site/new.js", _folder.path() + "/site/main.js");
	EXPECT_EQ(serve(site, {"main.js"}).body(), other);
}

TEST_F(HttpStaticFiles, AreBoundedInSize)
{
	_folder.write("site/huge.bin", "");
	std::filesystem::resize_file(_folder.path() + "/site/huge.bin", StaticFiles::MAX_FILE + 1);
	auto site = files();
	EXPECT_EQ(serve(site, {"huge.bin"}).reply.status, 500);
	for (int i = 0; i < 300; ++i)
	{
		const auto name = std::to_string(i) + ".txt";
		_folder.write("site/" + name, name);
		ASSERT_EQ(serve(site, {name}).body(), name) << "also when the cache is full";
	}
}

TEST_F(HttpStaticFiles, NeedAFolder)
{
	EXPECT_THROW(StaticFiles{_folder.path() + "/missing"}, Poco::OpenFileException);
	EXPECT_THROW(StaticFiles{_folder.path() + "/outside.txt"}, Poco::OpenFileException);
}
