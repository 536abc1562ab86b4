/// Awaiting callbacks. Only for the .cpp files of this folder: coroutines exist nowhere else.
/// g++ 12 destroys a capturing lambda or braced aggregate twice if it is written inside the
/// argument list of a co_await: name it first, then move it.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <utility>

namespace webmon::api {

template <class T>
using Awaitable = boost::asio::awaitable<T>;

/// Calls `start` with a callback and resumes when the callback is called, once, later, on the same
/// thread. A callback that is dropped without a call leaves the coroutine suspended until the
/// io_context is destroyed.
template <class T>
Awaitable<T> wait_for(std::function<void(std::function<void(T)>)> start) {
  auto initiation = [start = std::move(start)](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    start([shared](T value) { std::move (*shared)(std::move(value)); });
  };
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(T)>(
      initiation, boost::asio::use_awaitable);
}

}  // namespace webmon::api
